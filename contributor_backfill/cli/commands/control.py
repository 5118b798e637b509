"""`pause`, `resume`, `retry`, `reset` and `set`: change repositories by hand, on record."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce, wraps
from typing import TYPE_CHECKING, Any, cast

import click

from contributor_backfill.cli.app import open_gateway, recorded
from contributor_backfill.cli.options import (
    Command,
    Span,
    Written,
    dry_run_option,
    repository_options,
    storage_options,
    store_option,
)
from contributor_backfill.cli.orders import DRY_RUN, actor_option, new_order, reason_option
from contributor_backfill.cli.output import confirm, echo
from contributor_backfill.cli.settings import Store, load
from contributor_backfill.domain.control import Action, Controlled, Order
from contributor_backfill.domain.errors import InUse
from contributor_backfill.domain.storage import Keep
from contributor_backfill.domain.types import Priority, RepositoryId

if TYPE_CHECKING:
    from contributor_backfill.db.gateway import Gateway


@dataclass(frozen=True)
class Chosen:
    """Which repositories a command is about, of one or of all, on whose order and why."""

    repository: str | None
    repository_id: RepositoryId | None
    order: Order

    @property
    def name(self) -> str | None:
        """The repository as it was named; null when all are meant."""
        return self.repository or self.repository_id


def control_options(*, reason_for_all: bool = False) -> Callable[[Command], Command]:
    """Add the options that say which repositories are meant, who wants it, and why.

    The command gets them as `about`. With `reason_for_all` nobody does it to all repositories
    without saying why.
    """

    def decorate(command: Command) -> Command:
        @wraps(command)
        def choosing(
            *,
            repository: str | None,
            repository_id: RepositoryId | None,
            all_: bool,
            actor: str | None,
            reason: str | None,
            **further: Any,
        ) -> None:
            if bool(repository or repository_id) == all_:
                raise click.UsageError(
                    "Give --repository, --repository-id or --all, and one of them only."
                )
            if all_ and reason_for_all and not (reason or "").strip():
                raise click.UsageError("With --all, say why: --reason TEXT.")
            order = new_order(actor, reason)
            command(about=Chosen(repository, repository_id, order), **further)

        options = (
            reason_option,
            actor_option,
            click.option("--all", "all_", is_flag=True, help="All repositories that are tracked."),
            repository_options,
        )
        return reduce(lambda made, option: option(made), options, cast("Command", choosing))

    return decorate


def control(
    action: Action,
    arguments: dict[str, Any],
    about: Chosen,
    store: Store | None,
    *,
    dry_run: bool,
    nothing: str,
) -> None:
    """Do an action to repositories, or say what it would do, in `nothing` if nothing.

    Raises `NotFound` for a repository that is not tracked, and `InUse` when one was left alone.
    """
    settings = load()

    def perform(gateway: "Gateway") -> Controlled:
        return gateway.control_repositories(
            action,
            arguments,
            about.order,
            repository_id=about.repository_id,
            full_name=about.repository,
            rehearsed=dry_run,
        )

    if dry_run:
        with open_gateway(settings, store, read_only=True, bring_up_to_date=False) as gateway:
            controlled = perform(gateway)
        echo(DRY_RUN, err=True)
        _echo_changes(controlled, nothing)
        return
    with recorded(settings, store, repository=about.name, needs_token=False) as run:
        # Inside, so that what was left alone is an error on record.
        _echo_changes(perform(run.gateway), nothing)


def _echo_changes(controlled: Controlled, nothing: str) -> None:
    from contributor_backfill.reports.interventions import sentence

    for change in controlled.changes:
        echo(sentence(change))
    if controlled.busy:
        raise InUse(
            f"A run is at work on {', '.join(controlled.busy)} now; it was left alone.",
            advice="Pause it, and try again when `status` shows nobody at work on it.",
        )
    if not controlled.changes:
        echo(nothing)


LONGEST_PAUSE = 366 * 24 * 60
"""Minutes."""


@click.command()
@control_options(reason_for_all=True)
@click.option(
    "--minutes", type=Span(LONGEST_PAUSE), help="End the pause by itself. Default: `resume` does."
)
@dry_run_option
@store_option
def pause(
    *,
    about: Chosen,
    minutes: float | None,
    dry_run_: bool,
    store: Store | None,
) -> None:
    """Pause the capture of a repository: its backfill, its syncs, its comments.

    A run that is at work on it now ends its turn first. Nothing is lost: it goes on where it stood.
    """
    control(
        Action.PAUSE,
        {"minutes": minutes},
        about,
        store,
        dry_run=dry_run_,
        nothing=f"Nothing to do: {about.name or 'every repository'} is paused already.",
    )


@click.command()
@control_options()
@store_option
def resume(
    *,
    about: Chosen,
    store: Store | None,
) -> None:
    """End a pause, whether a person or errors made it, and every wait for a next attempt."""
    control(
        Action.RESUME,
        {},
        about,
        store,
        dry_run=False,
        nothing=f"Nothing to do: {about.name} is neither paused nor waiting."
        if about.name
        else "Nothing to do: no repository is paused, and none waits.",
    )


@click.command()
@control_options()
@dry_run_option
@store_option
def retry(
    *,
    about: Chosen,
    dry_run_: bool,
    store: Store | None,
) -> None:
    """Try again what failed: a backfill, pages that were given up, rows that were rejected.

    A backfill that failed goes on where it stood. What it went past is queued by number, so that
    exactly that is captured and the backfill keeps its place.
    """
    control(
        Action.RETRY,
        {},
        about,
        store,
        dry_run=dry_run_,
        nothing="Nothing to retry. `reconcile --full` finds whatever is missing all the same.",
    )


@click.command()
@control_options(reason_for_all=True)
@click.option("--yes", is_flag=True, help="Do not ask whether it is meant.")
@dry_run_option
@store_option
def reset(
    *,
    about: Chosen,
    yes: bool,
    dry_run_: bool,
    store: Store | None,
) -> None:
    """Begin a backfill afresh from the newest pull request. What is stored stays.

    It spends the points of a whole backfill again. To capture only what failed, `retry`.
    """
    if not (yes or dry_run_):
        _confirm(f"the backfill of {about.name}" if about.name else "every backfill")
    control(
        Action.RESET,
        {},
        about,
        store,
        dry_run=dry_run_,
        nothing="Nothing to reset: no backfill is known. `track --backfill` begins one.",
    )


def _confirm(what: str) -> None:
    if not sys.stdin.isatty():
        raise click.UsageError(f"This begins {what} afresh. Give --yes if that is meant.")
    confirm(f"Begin {what} afresh?")


AUTO = "auto"


class ChunkSize(Written[str]):
    """A number of pull requests from 1 to 100, or `auto`."""

    name = "1-100|auto"

    def _read(self, text: str) -> str:
        is_size = text.isascii() and text.isdecimal() and 1 <= int(text) <= 100
        if text.lower() != AUTO and not is_size:
            raise ValueError(f"{text!r} is neither a number from 1 to 100 nor auto.")
        return text.lower()


@click.command("set")
@control_options()
@click.option(
    "--priority",
    type=click.Choice(Priority, case_sensitive=False),
    help="How urgently it is captured.",
)
@click.option(
    "--chunk-size",
    type=ChunkSize(),
    metavar=ChunkSize.name,
    help="Fix the number of pull requests a page; auto: choose it by what is measured, as before.",
)
@storage_options
@dry_run_option
@store_option
def set_repository(
    *,
    about: Chosen,
    priority: Priority | None,
    chunk_size: str | None,
    bodies: Keep | None,
    diff_hunks: Keep | None,
    dry_run_: bool,
    store: Store | None,
) -> None:
    """Set how a repository is captured from now on; what is not given stays."""
    settings = {
        **_page_size(chunk_size),
        "priority": priority,
        "bodies": str(bodies) if bodies is not None else None,
        "diff_hunks": str(diff_hunks) if diff_hunks is not None else None,
    }
    given = {name: value for name, value in settings.items() if value is not None}
    if not given:
        raise click.UsageError("Give --priority, --chunk-size, --bodies or --diff-hunks.")
    control(
        Action.SET,
        given,
        about,
        store,
        dry_run=dry_run_,
        nothing="Nothing to do: it is so already.",
    )


def _page_size(chunk_size: str | None) -> dict[str, Any]:
    if chunk_size is None:
        return {}
    if chunk_size == AUTO:
        return {"page_size_is_fixed": False}
    return {"page_size": int(chunk_size), "page_size_is_fixed": True}
