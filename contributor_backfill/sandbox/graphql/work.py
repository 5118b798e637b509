"""How long GitHub would have worked on a query."""

import math
from dataclasses import dataclass

from contributor_backfill.sandbox.graphql.context import Work
from contributor_backfill.sandbox.graphql.pricing import Shape
from contributor_backfill.sandbox.invention.randomness import stream
from contributor_backfill.sandbox.options import WorkModel

_DIFF_STATISTICS = frozenset(
    f"PullRequest.{name}"
    for name in ("additions", "changedFiles", "deletions", "mergeStateStatus", "mergeable")
)


@dataclass(frozen=True, slots=True)
class Burden:
    """What a query made GitHub do. `files` are changed files, where diff statistics are asked."""

    pull_requests: int
    nodes: int
    kilobytes: float
    with_statistics: int = 0
    files: int = 0


def burden(shape: Shape, work: Work) -> Burden:
    """Return what was really returned."""
    pull_requests = len(work.numbers)
    has_statistics = bool(_DIFF_STATISTICS & shape.fields)
    return Burden(
        pull_requests,
        work.nodes,
        work.characters / 1024,
        pull_requests if has_statistics else 0,
        work.changed_files if has_statistics else 0,
    )


def milliseconds(model: WorkModel, burden: Burden, query: int) -> float:
    """Return the time that a burden takes as the `query`-th query since the start."""
    steady = (
        model.milliseconds_per_request
        + model.milliseconds_per_pull_request * burden.pull_requests
        + model.milliseconds_per_node * burden.nodes
        + model.milliseconds_per_kilobyte * burden.kilobytes
        + model.milliseconds_per_diff_statistics * burden.with_statistics
        + model.milliseconds_per_changed_file * burden.files
    )
    wave = 1 + model.drift * math.sin(2 * math.pi * query / model.drift_queries)
    noise = stream(model.seed, query).gauss(0, model.noise) if model.noise else 0.0
    return steady * wave * math.exp(noise)
