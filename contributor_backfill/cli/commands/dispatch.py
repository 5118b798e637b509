"""`dispatch`: hand routed jobs over to GitHub Actions and Inngest."""

import sys
from typing import TYPE_CHECKING

import click

from contributor_backfill.actions.runner import branch, workflow_run
from contributor_backfill.cli.app import Recording, open_gateway, recorded
from contributor_backfill.cli.holder import this_process
from contributor_backfill.cli.jobs import MISSING_KEY
from contributor_backfill.cli.options import (
    FullName,
    dry_run_option,
    json_option,
    store_option,
)
from contributor_backfill.cli.output import echo, echo_json
from contributor_backfill.cli.settings import Settings, Store, load
from contributor_backfill.domain.jobs import PROCESSOR_NAMES, Handover, Preview, Processor
from contributor_backfill.domain.runs import Note, Outcome, RunEnd, Severity
from contributor_backfill.reports.wording import at, plural

if TYPE_CHECKING:
    from contributor_backfill.operations.dispatch import DispatchReport, Handed, Sender

NOTHING = "No job waits to be handed over."
MISSING_TOKEN = "GITHUB_TOKEN is not set"  # noqa: S105  # a sentence, not a token
MISSING_WORKFLOWS = "--repository and --reference are not given"


@click.command()
@click.option(
    "--limit",
    type=click.IntRange(1, 1_000),
    default=25,
    show_default=True,
    help="Hand over at most this many jobs. GitHub bills one run for each job that it gets.",
)
@click.option(
    "--repository",
    type=FullName(),
    help="The repository with the workflows. Default: the one whose workflow this is.",
)
@click.option("--reference", help="Branch or tag of the workflows. Default: that of this run.")
@dry_run_option
@json_option
@store_option
def dispatch(
    *,
    limit: int,
    repository: str | None,
    reference: str | None,
    dry_run_: bool,
    as_json: bool,
    store: Store | None,
) -> None:
    """Hand over what `route` decided: by workflow_dispatch, or as events to Inngest.

    Each job is handed over once, also by several dispatchers at once. What is not taken is tried
    again after one minute, two, four and eight, and is then a dead letter: `queue` shows it.
    """
    settings = load()
    # Without a record, because most looks find nothing to hand over.
    with open_gateway(settings, store, read_only=True) as gateway:
        preview = gateway.peek_dispatch(limit)
    workflows = _workflows(repository, reference)
    warnings = _warnings(settings, workflows, preview)
    if dry_run_:
        echo_preview(preview, as_json=as_json)
        return
    # Nothing is recorded where no processor can be reached: a run that does nothing is noise.
    if preview.stopped_by or not (preview.silent or _can_send(settings, workflows, preview)):
        for warning in warnings:
            echo(warning, err=True)
        echo_nothing(preview, as_json=as_json)
        return
    with recorded(settings, store, needs_token=False, spends=True) as run:
        report = _dispatch(run, settings, workflows, limit)
        run.ends(_end(report, warnings))
        echo_report(report, as_json=as_json)
        for warning in warnings:
            echo(warning, err=True)
        # After the report: a fault of one processor hides nothing that the other took.
        for fault in (*report.faults.values(), *report.held.values()):
            if fault.exit_code:
                raise fault
            echo(str(fault), err=True)
    if report.dead:
        sys.exit(1)


def _workflows(repository: str | None, reference: str | None) -> tuple[str, str] | None:
    """Return whose workflows are started, and of which branch or tag, if that is known."""
    where = workflow_run()
    repository = repository or (where.repository if where else None)
    reference = reference or branch()
    return (repository, reference) if repository and reference else None


def _missing(settings: Settings, workflows: tuple[str, str] | None) -> dict[Processor, str]:
    """Return why each processor cannot be reached, of those that cannot."""
    missing = {}
    if not settings.inngest_event_key:
        missing[Processor.INNGEST] = MISSING_KEY
    if not settings.github_token:
        missing[Processor.GITHUB_ACTIONS] = MISSING_TOKEN
    elif workflows is None:
        missing[Processor.GITHUB_ACTIONS] = MISSING_WORKFLOWS
    return missing


def _warnings(settings: Settings, workflows: tuple[str, str] | None, preview: Preview) -> list[str]:
    if preview.stopped_by:
        waiting = plural(sum(preview.waiting.values()), "job")
        return [f"Routing is stopped ({preview.stopped_by}); waiting: {waiting}."]
    return [
        f"{why}; waiting for {PROCESSOR_NAMES[processor]}:"
        f" {plural(preview.waiting[processor], 'job')}."
        for processor, why in _missing(settings, workflows).items()
        if preview.waiting.get(processor)
    ]


def _can_send(settings: Settings, workflows: tuple[str, str] | None, preview: Preview) -> bool:
    return bool(set(preview.waiting) - set(_missing(settings, workflows)))


def _dispatch(
    run: Recording, settings: Settings, workflows: tuple[str, str] | None, limit: int
) -> "DispatchReport":
    from contributor_backfill.operations.dispatch import ActionsSender, Dispatcher, InngestSender

    senders: dict[Processor, Sender] = {}
    if settings.github_token and workflows is not None:
        senders[Processor.GITHUB_ACTIONS] = ActionsSender(run.client(), *workflows)
    if settings.inngest_event_key:
        senders[Processor.INNGEST] = InngestSender(
            run.clock, settings.inngest_base_url, settings.inngest_event_key, settings.network
        )
    return Dispatcher(run.gateway, senders, this_process()).run(limit)


def _end(report: "DispatchReport", warnings: list[str]) -> RunEnd:
    notes = tuple(Note(Severity.WARNING, warning) for warning in warnings)
    if report.dead:
        error = (
            f"{plural(len(report.dead), 'job')} could not be handed over: {report.dead[0].error}"
        )
        notes += (Note(Severity.ERROR, error),)
        return RunEnd(Outcome.FAILED, "error", 1, error, notes=notes)
    left = sum(report.waiting.values()) > 0
    outcome = Outcome.DEFERRED if report.faults or report.held else Outcome.DONE
    return RunEnd(outcome, plural(len(report.handed), "job"), more_work=left, notes=notes)


def echo_preview(preview: Preview, *, as_json: bool) -> None:
    """Write what would be handed over."""
    echo("Dry run: nothing was sent. This would be handed over.", err=True)
    if as_json:
        echo_json([_row(handover) for handover in preview.handovers])
        return
    for handover in preview.handovers:
        echo(f"{_job(handover)} to {PROCESSOR_NAMES[handover.processor]}")
    if not preview.handovers:
        echo("No job.")


def echo_nothing(preview: Preview, *, as_json: bool) -> None:
    """Write that nothing was handed over."""
    if as_json:
        waiting = {str(processor): count for processor, count in preview.waiting.items()}
        echo_json({"handed_over": [], "waiting": waiting})
    elif not preview.waiting:
        echo(NOTHING)


def echo_report(report: "DispatchReport", *, as_json: bool) -> None:
    """Write what became of each job."""
    if as_json:
        rows = [
            {
                **_row(handed.handover),
                "outcome": str(handed.outcome),
                "error": handed.error or None,
                "next_attempt_at": handed.next_attempt_at.isoformat()
                if handed.next_attempt_at
                else None,
            }
            for handed in report.handed
        ]
        waiting = {str(processor): count for processor, count in report.waiting.items()}
        document = {
            "handed_over": rows,
            "waiting": waiting,
            "returned": report.returned,
            "failed": report.failed,
        }
        echo_json(document)
        return
    for handed in report.handed:
        echo(_line(handed))
    if report.returned:
        echo(f"{plural(report.returned, 'job')} that no run began wait again.")
    if report.failed:
        echo(f"{plural(report.failed, 'job')} of Inngest failed: a day without a word.")
    if left := sum(report.waiting.values()):
        echo(f"{plural(left, 'job')} still due.", err=True)


def _line(handed: "Handed") -> str:
    name = PROCESSOR_NAMES[handed.handover.processor]
    job = _job(handed.handover)
    match handed.outcome:
        case "sent":
            return f"{job}: handed to {name}."
        case "found":
            return f"{job}: {name} has it already."
        case "later":
            return f"{job}: not taken ({handed.error}); again at {at(handed.next_attempt_at)}."
    return f"{job}: given up ({handed.error})."


def _job(handover: Handover) -> str:
    work = handover.work
    return f"{work.job_id}  {work.job_type} of {work.full_name or 'no repository'}"


def _row(handover: Handover) -> dict[str, object]:
    work = handover.work
    return {
        "job_id": work.job_id,
        "job_type": work.job_type,
        "repository": work.full_name,
        "processor": str(handover.processor),
    }
