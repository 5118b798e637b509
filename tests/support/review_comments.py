"""A repository with many review comments, and faults of REST alone."""

from typing import Any

from contributor_backfill.domain.sources import SourceName, Wanted
from contributor_backfill.sandbox import ListSizes, RepositoryOptions

REVIEW_COMMENTS = Wanted((SourceName.REVIEW_COMMENTS,), forced=True)
BUSY = RepositoryOptions(
    pull_requests=120,
    reviews=ListSizes.exactly(1),
    comments=ListSizes.exactly(0),
    review_comments=ListSizes.exactly(5),
    oddity_every=0,
)


def fault(kind: str, *, per_page_at_least: int | None = None, **values: Any) -> dict[str, Any]:
    """Return a fault that strikes lists of review comments, or only their large pages."""
    when = {"rest_path": "/pulls/comments", "per_page_at_least": per_page_at_least}
    return {"kind": kind, "when": when, **values}
