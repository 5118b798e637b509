"""What a capture costs where `totalCommentsCount` counts reviews with a body, and where not."""

from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.sandbox import (
    Limits,
    RepositoryOptions,
    Sandbox,
    SandboxClock,
    World,
)
from tests.support.captures import rig
from tests.support.databases import new_database, server_in_memory
from tests.support.reconciling import is_complete, points, reconcile

PLENTY = Limits(hourly_points=1_000_000, hourly_requests=1_000_000, points_a_minute=None)


def totals_figures(pull_requests: int) -> dict[str, Any]:
    """Return what each reading of GitHub's total of all comments costs, and what they differ by."""
    plain = _figures(pull_requests, with_reviews=False)
    with_reviews = _figures(pull_requests, with_reviews=True)
    return {
        "comments_alone": plain,
        "with_reviews": with_reviews,
        "ratio": round(with_reviews["capture"] / plain["capture"], 3),
    }


def _figures(pull_requests: int, *, with_reviews: bool) -> dict[str, Any]:
    options = RepositoryOptions(pull_requests=pull_requests, totals_count_reviews=with_reviews)
    with (
        Sandbox(
            World.of([options]), limits=PLENTY, clock=SandboxClock(datetime.now(UTC))
        ) as sandbox,
        server_in_memory() as server,
        closing(PostgresTransport(new_database(server, migrated=True).conninfo)) as transport,
    ):
        work = rig(sandbox, Gateway(transport))
        work.track()
        work.run(minutes=10_000)
        work.serve(minutes=10_000)
        counters = sandbox.counters()
        figures = {
            "points": counters["points"],
            "rest_requests": counters["rest_requests"],
            "capture": counters["points"] + counters["rest_requests"],
            "is_complete": is_complete(work),
        }
        return figures | {"reconcile_points": points(reconcile(work))}
