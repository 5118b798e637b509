"""`sync-runs`: ask GitHub how runs ended that did not say so themselves."""

import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from contributor_backfill.cli.app import recorded
from contributor_backfill.cli.options import (
    ENVIRONMENT,
    LONGEST_DAYS,
    FullName,
    Span,
    json_option,
    max_minutes_option,
    store_option,
)
from contributor_backfill.cli.output import echo, echo_json
from contributor_backfill.cli.progress import watching
from contributor_backfill.cli.settings import Store, load
from contributor_backfill.domain.bounds import run_deadline
from contributor_backfill.domain.errors import NotConfigured
from contributor_backfill.domain.runs import Note, Outcome, RunEnd, Severity
from contributor_backfill.reports.wording import at, plural

if TYPE_CHECKING:
    from contributor_backfill.operations.run_sync import SyncReport


@click.command()
@click.option(
    "--repository",
    type=FullName(),
    envvar="GITHUB_REPOSITORY",
    help="Whose workflow runs they are. Default: GITHUB_REPOSITORY, which Actions sets.",
)
@click.option(
    "--days",
    type=Span(LONGEST_DAYS),
    envvar=f"{ENVIRONMENT}DAYS",
    default=3,
    show_default=True,
    help="Ask for the workflow runs of this many days, and for all that are open.",
)
@max_minutes_option
@json_option
@store_option
def sync_runs(
    *,
    repository: str | None,
    days: float,
    max_minutes: float,
    as_json: bool,
    store: Store | None,
) -> None:
    """Ask GitHub how runs ended that did not say so themselves, and record it.

    It makes up for events that were missed. Runs that fell silent, and of which GitHub knows
    nothing, are recorded as lost.
    """
    if not repository:
        raise NotConfigured(
            "GITHUB_REPOSITORY is not set, as it is in Actions: whose workflow runs are they?",
            advice="Give --repository OWNER/NAME.",
        )
    settings = load()
    with (
        recorded(settings, store, repository=repository) as recording,
        watching(sys.stderr) as progress,
    ):
        from contributor_backfill.operations.run_sync import RunSync

        clock = recording.clock
        now = clock.now()
        sync = RunSync(
            recording.gateway,
            recording.client(),
            clock,
            progress,
            run_deadline(now, max_minutes, settings.token_minutes),
        )
        report = sync.run(recording.run_id, repository, now - timedelta(days=days))
        _echo_report(report, as_json=as_json)
        # What was settled before it is shown and kept.
        if report.fault:
            raise report.fault
        recording.ends(_end(report))


def _end(report: "SyncReport") -> RunEnd:
    if report.deferral:
        return RunEnd(Outcome.DEFERRED, report.deferral.reason, more_work=report.unasked > 0)
    notes = tuple(Note(Severity.WARNING, _hidden(name)) for name in report.hidden)
    return RunEnd(Outcome.DONE, sentence(report), notes=notes)


def sentence(report: "SyncReport") -> str:
    """Return what a sync did, in one sentence."""
    left = report.remainder
    return (
        f"{plural(report.settled, 'run')} settled, {left.in_progress:,} in progress,"
        f" {left.unknown:,} unknown"
    )


def _echo_report(report: "SyncReport", *, as_json: bool) -> None:
    if as_json:
        echo_json(_document(report))
    else:
        echo(f"{sentence(report)}.")
    for name in report.hidden:
        echo(_hidden(name), err=True)
    if report.deferral:
        echo(
            f"Stopped until {at(report.deferral.until)}: {report.deferral.reason.rstrip('.')}."
            f" {plural(report.unasked, 'workflow run')} left to ask about; the next sync does.",
            err=True,
        )


def _document(report: "SyncReport") -> dict[str, object]:
    return {
        "settled": report.settled,
        "in_progress": report.remainder.in_progress,
        "unknown": report.remainder.unknown,
        "not_asked": report.unasked,
        "hidden": list(report.hidden),
        "stopped_until": report.deferral.until.isoformat() if report.deferral else None,
        "reason": report.deferral.reason if report.deferral else None,
    }


def _hidden(repository: str) -> str:
    return (
        f"This token does not see the workflow runs of {repository}: their runs are settled by"
        " their heartbeat alone."
    )
