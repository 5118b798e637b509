"""Sources claimed and committed by hand, for tests of what the database does with them."""

from datetime import UTC, datetime
from typing import Any

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.harvest import Commit, Harvest
from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.domain.records import Account, Captured, ReviewComment
from contributor_backfill.domain.sources import (
    Claim,
    Committed,
    Idle,
    Position,
    SourceName,
    Wanted,
)
from contributor_backfill.domain.types import Lease
from tests.support.pages import ADA, DAY

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
REVIEW_COMMENTS = Wanted((SourceName.REVIEW_COMMENTS,), forced=True)


def review_comment(github_id: int, number: int, **changed: Any) -> ReviewComment:
    made: dict[str, Any] = {
        "github_id": github_id,
        "pull_request_number": number,
        "author_github_id": ADA.github_id,
        "body": "Why?",
        "created_at": DAY,
        "updated_at": DAY,
        "position": 3,
        "original_position": 3,
        "diff_hunk": "@@ -1 +1 @@",
        "path": "a.py",
        "commit_id": "abc",
        "original_commit_id": "abc",
        "in_reply_to_github_id": None,
    }
    return ReviewComment(**{**made, **changed})


def harvest(
    *items: ReviewComment, captured: tuple[Captured, ...] = (), accounts: tuple[Account, ...] = ()
) -> Harvest:
    return Harvest(captured=captured, accounts=accounts or (ADA,), items=items)


def claim_source(gateway: Gateway, wanted: Wanted = REVIEW_COMMENTS, **arguments: Any) -> Claim:
    response = gateway.claim(wanted, **{"holder": "test", "lease_seconds": 60, **arguments})
    assert isinstance(response, Claim), response
    return response


def no_source(gateway: Gateway, wanted: Wanted = REVIEW_COMMENTS, **arguments: Any) -> Idle:
    response = gateway.claim(wanted, **{"holder": "test", "lease_seconds": 60, **arguments})
    assert isinstance(response, Idle), response
    return response


def commit_source(
    gateway: Gateway,
    held: Claim,
    made: Harvest,
    *,
    position: Position | None = None,
    finished: bool = False,
    lease_seconds: int | None = 60,
    page_size: PagePlanner | None = None,
    wanted: Wanted | None = None,
) -> Committed:
    committed = gateway.commit(
        held,
        Commit(made, position or held.position, finished=finished),
        Lease(lease_seconds),
        measurements={"points": 1, "requests": 2, "milliseconds": 3},
        page_size=page_size,
        wanted=wanted or Wanted((held.source,), connections=(), limit=0),
    )
    assert isinstance(committed, Committed), committed
    return committed
