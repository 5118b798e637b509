"""The warning that jobs wait for Inngest and nobody can hand them over, with the way out."""

from typing import TYPE_CHECKING

from contributor_backfill.cli.output import echo
from contributor_backfill.domain.jobs import Processor
from contributor_backfill.domain.runs import Note, Severity
from contributor_backfill.reports.wording import plural

if TYPE_CHECKING:
    from contributor_backfill.cli.settings import Settings
    from contributor_backfill.db.gateway import Gateway

MISSING_KEY = "INNGEST_EVENT_KEY is not set"
WAY_OUT = (
    "Set it, or give new jobs to GitHub Actions alone: contributor-backfill route --target 100"
)


def stranded(settings: "Settings", gateway: "Gateway") -> str:
    """Say how many jobs wait for Inngest without a key that reaches it; empty where none does."""
    if settings.inngest_event_key:
        return ""
    waiting = gateway.peek_dispatch(1).waiting.get(Processor.INNGEST, 0)
    return f"{MISSING_KEY}; waiting for Inngest: {plural(waiting, 'job')}" if waiting else ""


def stranded_notes(settings: "Settings", gateway: "Gateway") -> tuple[Note, ...]:
    """Return the warning, for the record of a run; none where no job waits in vain."""
    reason = stranded(settings, gateway)
    return (Note(Severity.WARNING, f"{reason}. {WAY_OUT}"),) if reason else ()


def echo_notes(notes: tuple[Note, ...]) -> None:
    """Write the warning to stderr."""
    for note in notes:
        echo(note.text, err=True)
