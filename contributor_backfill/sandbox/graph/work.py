"""How long GitHub would have worked on a query."""

from contributor_backfill.sandbox.graph.context import Work
from contributor_backfill.sandbox.graph.pricing import Shape
from contributor_backfill.sandbox.options import WorkModel

_DIFF_STATISTICS = frozenset(
    f"PullRequest.{name}"
    for name in ("additions", "changedFiles", "deletions", "mergeStateStatus", "mergeable")
)


def milliseconds(model: WorkModel, shape: Shape, work: Work) -> float:
    """Return the time for what was really returned."""
    pull_requests = len(work.numbers)
    with_statistics = pull_requests if _DIFF_STATISTICS & shape.fields else 0
    return (
        model.milliseconds_per_request
        + model.milliseconds_per_pull_request * pull_requests
        + model.milliseconds_per_node * work.nodes
        + model.milliseconds_per_diff_statistics * with_statistics
    )
