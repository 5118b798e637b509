"""`record-run`: take in what GitHub says of a workflow run or job, by an event or a webhook."""

import hashlib
import hmac
import os
import re
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contributor_backfill.actions.runner import triggering_event
from contributor_backfill.cli.app import open_gateway
from contributor_backfill.cli.options import Written, store_option
from contributor_backfill.cli.output import echo
from contributor_backfill.cli.settings import Settings, Store, load
from contributor_backfill.domain.errors import InvalidInput, NotConfigured, NotGenuine
from contributor_backfill.domain.workflow_runs import (
    Delivery,
    Noted,
    is_ours,
    is_own_run,
    is_same_repository,
)
from contributor_backfill.reports.wording import plural

if TYPE_CHECKING:
    from contributor_backfill.github.actions import WorkflowEvent

STANDARD_INPUT = Path("-")
WHERE = "Give --event-file FILE, or --event-file - for standard input."


class DeliveryId(Written[str]):
    """The id of a delivery, which GitHub sends as X-GitHub-Delivery."""

    name = "GUID"

    def _read(self, text: str) -> str:
        if not re.fullmatch(r"[!-~]{1,100}", text):
            raise ValueError(f"{text!r} is no id of a delivery, such as GitHub sends.")
        return text


@click.command()
@click.option(
    "--event-file",
    type=click.Path(allow_dash=True, path_type=Path),
    help="The event as JSON; - is standard input. Default: the event of this workflow run.",
)
@click.option(
    "--event",
    "kind",
    metavar="NAME",
    help="What GitHub sends as X-GitHub-Event. Default: read from the event.",
)
@click.option(
    "--delivery",
    type=DeliveryId(),
    help="What GitHub sends as X-GitHub-Delivery: one that came before changes nothing.",
)
@click.option(
    "--signature",
    metavar="sha256=…",
    help="What GitHub sends as X-Hub-Signature-256; GITHUB_WEBHOOK_SECRET must confirm it.",
)
@click.option(
    "--trust-input",
    "is_trusted",
    is_flag=True,
    help="Take in what is not signed: whoever can write to standard input may settle runs.",
)
@click.option(
    "--workflow",
    "workflows",
    multiple=True,
    metavar="NAME",
    help="A further workflow that counts, by its file or name; may be repeated.",
)
@click.option(
    "--all", "takes_all", is_flag=True, help="Every workflow counts, but none that a fork runs."
)
@store_option
def record_run(
    *,
    event_file: Path | None,
    kind: str | None,
    delivery: str | None,
    signature: str | None,
    is_trusted: bool,
    workflows: tuple[str, ...],
    takes_all: bool,
    store: Store | None,
) -> None:
    """Record what GitHub says of a workflow run or a job of one, and settle the runs in it.

    It takes a workflow_run or workflow_job event, in any order and however often. What is no
    workflow of this tool, or runs for a pull request or a fork, is ignored; so is the job of a run
    that is not known. From standard input only what is signed is taken in.
    """
    settings = load()
    needs_signature = not is_trusted and _comes_from_outside(event_file, settings)
    if needs_signature and not settings.webhook_secret:
        raise _no_secret("it cannot be told whether the event is GitHub's")
    body = _body(event_file)
    _verify(settings, body, signature, is_needed=needs_signature)
    from contributor_backfill.github.actions import KINDS, read_event

    # The runner names the kind of its own event; of a file, its content tells.
    kind = kind or ("" if event_file else triggering_event()[0])
    if kind and kind not in KINDS:
        _ignore_kind(kind, KINDS, is_delivery=event_file is not None)
        return
    event = read_event(body, kind)
    # A delivery may be sent again, by a person or a script; by its id it is known.
    noticed = Delivery(delivery, event.kind, event.action) if delivery else None
    counts = is_own_run(event.observation, workflows, any_name=takes_all)
    with open_gateway(settings, store) as gateway:
        noted = gateway.note_workflow_runs([(event.observation, counts)], noticed)
    _echo_noted(event, noted)


def _body(event_file: Path | None) -> bytes:
    """Return the event as it came, byte for byte. Raises `InvalidInput` without one."""
    from contributor_backfill.github.actions import LARGEST

    file = event_file or triggering_event()[1]
    if file is None:
        raise InvalidInput("Outside of Actions there is no event of its own.", advice=WHERE)
    try:
        # One byte more than GitHub ever sends: enough to see, and it fills no memory.
        if file == STANDARD_INPUT:
            body = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with file.open("rb") as opened:
                body = opened.read(LARGEST + 1)
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror}.", advice=WHERE) from error
    if len(body) > LARGEST:
        raise NotGenuine("The event is larger than 25 MB, and GitHub sends none that is.")
    return body


def _comes_from_outside(event_file: Path | None, settings: Settings) -> bool:
    """Tell whether somebody else may have written the event, so that it needs GitHub's signature.

    A file that a person names without having set a secret is theirs, as is the event of a workflow
    run; standard input is what a server pipes, under whatever name.
    """
    if event_file is None:
        return False
    return bool(settings.webhook_secret) or _is_standard_input(event_file)


def _is_standard_input(file: Path) -> bool:
    if file == STANDARD_INPUT:
        return True
    try:
        named = file.stat()
        # `/dev/stdin`, or a file that a server redirects, is standard input under another name.
        return not stat.S_ISREG(named.st_mode) or os.path.samestat(named, os.fstat(0))
    except OSError:
        return False  # reading it says what is wrong


def _verify(settings: Settings, body: bytes, signature: str | None, *, is_needed: bool) -> None:
    """Raise unless the event is signed, where that is needed, and signed rightly where it is."""
    secret = settings.webhook_secret
    if signature is None:
        if is_needed:
            raise NotGenuine(
                "The event came without a signature, so it may be anybody's: nothing was stored.",
                advice="Give its X-Hub-Signature-256 with --signature, or --trust-input where"
                " nobody else can write to the input.",
            )
        return
    if not secret:
        raise _no_secret("--signature cannot be verified")
    if not is_signed(body, signature, secret):
        raise NotGenuine(
            "The signature is not that of this event under GITHUB_WEBHOOK_SECRET: nothing was"
            " stored.",
            advice="Pipe the body as it came, byte for byte, and compare the secret with the"
            " webhook's.",
        )


def _no_secret(consequence: str) -> NotConfigured:
    return NotConfigured(
        f"GITHUB_WEBHOOK_SECRET is not set, so {consequence}.",
        advice="Set it to the secret of the webhook; --trust-input does without where nobody else"
        " can write to the input.",
    )


def _ignore_kind(kind: str, kinds: tuple[str, ...], *, is_delivery: bool) -> None:
    known = " or ".join(kinds)
    if not is_delivery:
        raise InvalidInput(
            f"This workflow run was started by {kind!r:.60}, and an event of {known} is needed.",
            advice=f"Start the workflow `on: workflow_run`. {WHERE}",
        )
    echo(f"Ignored: an event of {kind!r:.60} is none of {known}.", err=True)


def _why_ignored(event: "WorkflowEvent") -> str:
    observation = event.observation
    if observation.state is None:
        return "and no run of ours has that id"
    if not is_same_repository(observation.attempt.repository, observation.head_repository):
        return "and runs the commit of another repository"
    if is_ours(observation.names):
        return f"and was started by {observation.state.event!r:.60}, which starts none of ours"
    return "which is not one of ours (--workflow adds one)"


def _echo_noted(event: "WorkflowEvent", noted: Noted) -> None:
    attempt, names = event.observation.attempt, event.observation.names
    run = f"run {attempt.run_id} of {attempt.repository}"
    if noted.is_repeated:
        echo(f"Ignored: this delivery about {run} was taken in before.", err=True)
    elif not noted.stored:
        name = next(filter(None, names), "without a name")
        echo(
            f"Ignored: {run} is of the workflow {name!r:.60}, {_why_ignored(event)}.",
            err=True,
        )
    else:
        state = event.observation.state or event.observation.jobs[0]
        job = f", job {event.observation.jobs[0].job_id}" if event.observation.jobs else ""
        standing = f"{state.status}, {state.conclusion}" if state.conclusion else state.status
        echo(
            f"R{run[1:]}, attempt {attempt.run_attempt}{job}: {standing}."
            f" {plural(noted.settled, 'record')} settled."
        )


def signature_of(body: bytes, secret: str) -> str:
    """Return what GitHub sends as `X-Hub-Signature-256` for a body of these bytes.

    https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    """
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return f"sha256={digest}"


def is_signed(body: bytes, signature: str, secret: str) -> bool:
    """Tell, in constant time, whether a signature is that of these bytes under the secret."""
    expected = signature_of(body, secret).encode()
    return hmac.compare_digest(expected, signature.encode("utf-8", "surrogateescape"))
