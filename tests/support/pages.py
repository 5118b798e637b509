"""Pages made by hand, for tests of what the database does with them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.harvest import Commit, split
from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.domain.records import (
    Account,
    Captured,
    Comment,
    Continuation,
    Page,
    PullRequest,
    Review,
)
from contributor_backfill.domain.sources import (
    BEGINNING,
    Claim,
    Committed,
    Idle,
    SourceName,
    Wanted,
)
from contributor_backfill.domain.types import Lease, RepositoryId

ADA = Account(1, "ada", "User", "Ada")
DAY = "2025-01-01T00:00:00Z"


def repository(github_id: int = 1, full_name: str = "octo/one", total: int = 500) -> dict[str, Any]:
    owner, name = full_name.split("/")
    return {
        "github_id": github_id,
        "node_id": f"R_{github_id}",
        "full_name": full_name,
        "owner": owner,
        "name": name,
        "pull_requests_total": total,
    }


def begin(gateway: Gateway, *, github_id: int = 1, full_name: str = "octo/one") -> RepositoryId:
    """Track a repository and begin its backfill."""
    tracked = gateway.track_repository(repository(github_id, full_name), None)
    gateway.start_backfill(tracked.repository_id, 500, 25)
    return tracked.repository_id


def cursor_of(claimed: Claim) -> str | None:
    """Return GitHub's cursor of where a backfill stands; None at the newest pull request."""
    assert claimed.position is not None
    return claimed.position.cursor


def claim(gateway: Gateway, **arguments: Any) -> Claim:
    response = _claim(gateway, **arguments)
    assert isinstance(response, Claim), response
    return response


def idle(gateway: Gateway, **arguments: Any) -> Idle:
    response = _claim(gateway, **arguments)
    assert isinstance(response, Idle), response
    return response


def _claim(
    gateway: Gateway,
    *,
    repository_id: RepositoryId | None = None,
    full_name: str | None = None,
    **arguments: Any,
) -> object:
    wanted = Wanted((SourceName.BACKFILL,), repository_id=repository_id, full_name=full_name)
    return gateway.claim(wanted, **{"holder": "test", "lease_seconds": 60, **arguments})


def pull_request(number: int, author: Account = ADA, **changed: Any) -> PullRequest:
    made = PullRequest(
        github_id=3_000_000_000 + number,
        node_id=f"PR_{number}",
        number=number,
        title=f"Title {number}",
        body="Body",
        state="open",
        draft=False,
        merged=False,
        html_url=f"https://github.com/octo/one/pull/{number}",
        base_branch="main",
        head_branch="topic",
        created_at=DAY,
        updated_at=DAY,
        closed_at=None,
        merged_at=None,
        author_github_id=author.github_id,
        author_login=author.username,
        merged_by_github_id=None,
        additions=1,
        deletions=1,
        changed_files=1,
        commits=1,
        reviews_total=0,
        comments_total=0,
    )
    return replace(made, **changed)


def review(github_id: int, of: PullRequest, author: Account = ADA, **changed: Any) -> Review:
    made = Review(
        github_id, of.github_id, of.number, author.github_id, "APPROVED", "Good", DAY, "abc"
    )
    return replace(made, **changed)


def comment(github_id: int, of: PullRequest, author: Account = ADA, **changed: Any) -> Comment:
    made = Comment(github_id, of.github_id, of.number, author.github_id, "Hello", DAY, DAY)
    return replace(made, **changed)


def item(
    of: PullRequest,
    *accounts: Account,
    reviews: Sequence[Review] = (),
    comments: Sequence[Comment] = (),
    continuations: Sequence[Continuation] = (),
) -> Captured:
    return Captured(
        f"cursor-{of.number}",
        of,
        accounts or (ADA,),
        tuple(reviews),
        tuple(comments),
        tuple(continuations),
    )


def page(*items: Captured, more: bool = True, full_name: str = "octo/one") -> Page:
    end = items[-1].cursor if items else None
    return Page("R_1", 1, full_name, False, 500, items, end, more)


def commit(
    gateway: Gateway,
    held: Claim,
    made: Page,
    *,
    lease_seconds: int | None = 60,
    page_size: PagePlanner | None = None,
    measurements: Mapping[str, int | None] | None = None,
) -> Committed:
    (batch,) = split(made)
    committed = gateway.commit(
        held,
        Commit(
            batch.harvest,
            replace(BEGINNING, cursor=batch.end_cursor),
            finished=not batch.has_next_page,
            page=made,
        ),
        Lease(lease_seconds),
        measurements=dict(measurements or {"first": 25, "points": 1, "requests": 1}),
        page_size=page_size or PagePlanner(25),
        wanted=Wanted((SourceName.BACKFILL,)),
    )
    assert isinstance(committed, Committed), committed
    return committed
