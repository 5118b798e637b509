"""What `dispatch` did, or would do, as text and as JSON."""

import json
from typing import TYPE_CHECKING

import click

from contributor_backfill.domain.jobs import PROCESSOR_NAMES, Handover, Preview
from contributor_backfill.monitor.wording import at, plural

if TYPE_CHECKING:
    from contributor_backfill.operations.dispatching import DispatchReport, Handed


def echo_preview(preview: Preview, *, as_json: bool) -> None:
    """Write what would be handed over."""
    click.echo("Dry run: nothing was sent. This would be handed over.", err=True)
    if as_json:
        click.echo(json.dumps([_row(each) for each in preview.handovers], indent=2))
        return
    for each in preview.handovers:
        click.echo(f"{_what(each)} to {PROCESSOR_NAMES[each.processor]}")
    if not preview.handovers:
        click.echo("No job.")


def echo_nothing(preview: Preview, nothing: str, *, as_json: bool) -> None:
    """Write that nothing was handed over."""
    if as_json:
        waiting = {str(processor): count for processor, count in preview.waiting.items()}
        click.echo(json.dumps({"handed_over": [], "waiting": waiting}, indent=2))
    elif not preview.waiting:
        click.echo(nothing)


def echo_report(report: "DispatchReport", *, as_json: bool) -> None:
    """Write what became of each job."""
    if as_json:
        rows = [
            {
                **_row(each.handover),
                "outcome": str(each.outcome),
                "error": each.error or None,
                "next_attempt_at": each.next_attempt_at.isoformat()
                if each.next_attempt_at
                else None,
            }
            for each in report.handed
        ]
        waiting = {str(processor): count for processor, count in report.waiting.items()}
        document = {
            "handed_over": rows,
            "waiting": waiting,
            "returned": report.returned,
            "failed": report.failed,
        }
        click.echo(json.dumps(document, indent=2))
        return
    for each in report.handed:
        click.echo(_line(each))
    if report.returned:
        click.echo(f"{plural(report.returned, 'job')} that no run began wait again.")
    if report.failed:
        click.echo(f"{plural(report.failed, 'job')} of Inngest failed: a day without a word.")
    if left := sum(report.waiting.values()):
        click.echo(f"{plural(left, 'job')} still due.", err=True)


def _line(handed: "Handed") -> str:
    name = PROCESSOR_NAMES[handed.handover.processor]
    what = _what(handed.handover)
    match handed.outcome:
        case "sent":
            return f"{what}: handed to {name}."
        case "found":
            return f"{what}: {name} has it already."
        case "later":
            return f"{what}: not taken ({handed.error}); again at {at(handed.next_attempt_at)}."
    return f"{what}: given up ({handed.error})."


def _what(handover: Handover) -> str:
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
