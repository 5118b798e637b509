"""Take a repository in: look it up, store it, and begin its backfill when it needs one."""

from dataclasses import dataclass
from typing import Any

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.chunking import chunk_size
from contributor_backfill.domain.completeness import SMALLEST_BACKFILL, needs_backfill
from contributor_backfill.domain.storage import UNSAID, Wish
from contributor_backfill.domain.types import Priority, Tracked, WalkStatus


@dataclass(frozen=True)
class Intake:
    """What `track` did. `reason` says why a backfill was begun or not."""

    full_name: str
    total: int
    tracked: Tracked
    started: bool
    reason: str


def take_in(
    gateway: Gateway,
    repository: dict[str, Any],
    priority: Priority | None,
    backfill: bool | None,
    storage: Wish = UNSAID,
) -> Intake:
    """Store the row of a repository that GitHub gave; `backfill` decides by hand."""
    total = int(repository["pull_requests_total"])
    tracked = gateway.track_repository(repository, priority)
    if storage != UNSAID:
        # Before the backfill begins: another run may take it at once.
        gateway.set_storage(tracked.repository_id, storage)
    wanted, reason = decide(tracked, total, backfill)
    started = wanted and gateway.start_walk(
        tracked.repository_id, total, chunk_size(total, None, None)
    )
    return Intake(repository["full_name"], total, tracked, started, reason)


def decide(tracked: Tracked, total: int, asked: bool | None) -> tuple[bool, str]:
    """Decide whether a backfill is to be begun, and say why."""
    if asked is not None:
        return asked, "you asked for one" if asked else "you asked for none"
    if tracked.backfill in {WalkStatus.ACTIVE, WalkStatus.PAUSED}:
        return False, f"one is {tracked.backfill} already"
    if needs_backfill(tracked.stored, total):
        return True, f"{tracked.stored:,} of {total:,} pull requests are stored"
    if total < SMALLEST_BACKFILL:
        return False, (
            f"it has fewer than {SMALLEST_BACKFILL} pull requests; --backfill captures them now"
        )
    return False, f"{tracked.stored:,} of {total:,} pull requests are stored already"
