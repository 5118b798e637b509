"""What `dispatch` did, or would do, as text and as JSON."""

from typing import TYPE_CHECKING

from contributor_backfill.cli.output import echo, echo_json
from contributor_backfill.domain.jobs import PROCESSOR_NAMES, Handover, Preview
from contributor_backfill.reports.wording import at, plural

if TYPE_CHECKING:
    from contributor_backfill.operations.dispatching import DispatchReport, Handed


def echo_preview(preview: Preview, *, as_json: bool) -> None:
    """Write what would be handed over."""
    echo("Dry run: nothing was sent. This would be handed over.", err=True)
    if as_json:
        echo_json([_row(each) for each in preview.handovers])
        return
    for each in preview.handovers:
        echo(f"{_what(each)} to {PROCESSOR_NAMES[each.processor]}")
    if not preview.handovers:
        echo("No job.")


def echo_nothing(preview: Preview, nothing: str, *, as_json: bool) -> None:
    """Write that nothing was handed over."""
    if as_json:
        waiting = {str(processor): count for processor, count in preview.waiting.items()}
        echo_json({"handed_over": [], "waiting": waiting})
    elif not preview.waiting:
        echo(nothing)


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
        echo_json(document)
        return
    for each in report.handed:
        echo(_line(each))
    if report.returned:
        echo(f"{plural(report.returned, 'job')} that no run began wait again.")
    if report.failed:
        echo(f"{plural(report.failed, 'job')} of Inngest failed: a day without a word.")
    if left := sum(report.waiting.values()):
        echo(f"{plural(left, 'job')} still due.", err=True)


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
