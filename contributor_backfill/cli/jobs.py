"""What the commands for jobs share: jobs that nobody can take are said, with the way out."""

from typing import TYPE_CHECKING

from contributor_backfill.domain.jobs import Processor
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
