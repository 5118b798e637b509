"""When a repository's backfill goes on, and what it waits for, in words."""

from datetime import datetime

from contributor_backfill.reports.snapshot.backfills import OPEN_STATES, RepositoryLine


def next_attempt(line: RepositoryLine) -> tuple[datetime | None, str]:
    """Return the moment, where one is set, and why then; without one, what it waits for."""
    reason = line.next_attempt_reason or ""
    if line.is_being_captured:
        return None, "a run is at work on it"
    if line.state == "being deleted":
        return None, "untrack --delete-data goes on"
    if line.state == "failed":
        return None, "after retry by hand"
    if line.next_attempt_at is not None:
        return line.next_attempt_at, "the pause ends" if line.state == "paused" else reason
    if line.state == "paused":
        return None, "after resume by hand"
    return None, "next run" if line.state in OPEN_STATES else reason
