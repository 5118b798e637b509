"""Track a repository: store its row, and begin its backfill when it needs one."""

from dataclasses import dataclass
from typing import Any

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.completeness import needs_backfill
from contributor_backfill.domain.errors import NotConfigured
from contributor_backfill.domain.page_planner import chunk_size
from contributor_backfill.domain.policy import SMALL_REPOSITORY
from contributor_backfill.domain.storage import UNSAID, Wish
from contributor_backfill.domain.types import BackfillStatus, Priority, Tracked


@dataclass(frozen=True)
class TrackedRepository:
    """A repository as `track` stored it. `reason` says why a backfill was begun or not."""

    full_name: str
    total: int
    tracked: Tracked
    started: bool
    reason: str


def track_repository(
    gateway: Gateway,
    repository: dict[str, Any],
    priority: Priority | None,
    backfill: bool | None,
    storage: Wish = UNSAID,
    *,
    publish_private: bool = False,
) -> TrackedRepository:
    """Store the row of a repository that GitHub gave; `backfill` decides by hand.

    Raises `NotConfigured` for a private one that others could read, unless that is meant.
    """
    if repository["is_private"]:
        _keep_private(gateway, repository, publish_private=publish_private)
        # Null leaves what somebody said when it was tracked before.
        repository = {**repository, "may_be_published": publish_private or None}
    total = int(repository["pull_requests_total"])
    tracked = gateway.track_repository(repository, priority)
    if storage != UNSAID:
        # Before the backfill begins: another run may take it at once.
        gateway.set_storage(tracked.repository_id, storage)
    wanted, reason = decide(tracked, total, backfill)
    started = wanted and gateway.start_backfill(
        tracked.repository_id, total, chunk_size(total, None, None)
    )
    return TrackedRepository(repository["full_name"], total, tracked, started, reason)


def _keep_private(gateway: Gateway, repository: dict[str, Any], *, publish_private: bool) -> None:
    exposure = gateway.read_exposure(repository["github_id"])
    if not exposure.readers or publish_private or exposure.may_be_published:
        return
    raise NotConfigured(
        f"{repository['full_name']} is private, and {exposure.who} can read {exposure.what} of this"
        "database. Tracking it would publish it, so nothing was stored.",
        advice="Revoke these rights (`doctor` says where they come from), or give"
        " --publish-private if people may read it.",
    )


def decide(tracked: Tracked, total: int, asked: bool | None) -> tuple[bool, str]:
    """Decide whether a backfill is to be begun, and say why."""
    if asked is not None:
        return asked, "you asked for one" if asked else "you asked for none"
    if tracked.backfill in {BackfillStatus.ACTIVE, BackfillStatus.PAUSED}:
        return False, f"one is {tracked.backfill} already"
    # Also of a repository that was tracked before: history may have been lost, or never captured.
    if needs_backfill(tracked.stored, total):
        return True, f"{tracked.stored:,} of {total:,} pull requests are stored"
    if total < SMALL_REPOSITORY:
        return False, (
            f"the first sync captures fewer than {SMALL_REPOSITORY} pull requests; --backfill"
            " captures them now"
        )
    return False, f"{tracked.stored:,} of {total:,} pull requests are stored already"
