"""What faults of GitHub cost a backfill: points and requests per 1,000 pull requests."""

from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.sandbox import Limits, Sandbox, SandboxClock, Spending, WorkModel
from scripts.bench_backfill import invented
from tests.support.captures import rig
from tests.support.databases import new_database, server_in_memory

PLENTY = Limits(hourly_points=1_000_000, points_a_minute=None)
SECOND_A_PAGE = WorkModel(milliseconds_per_request=1_000, spending=Spending.CLOCK)
CASES: dict[str, list[dict[str, Any]]] = {
    "none": [],
    "one_in_ten_502": [{"kind": "bad_gateway_html", "percent": 10}],
    "one_in_six_502": [{"kind": "bad_gateway_html", "every": 6}],
    "one_in_ten_503": [{"kind": "service_unavailable", "percent": 10}],
    "one_in_ten_empty": [{"kind": "empty", "percent": 10}],
    "outage_of_20_requests": [{"kind": "bad_gateway_html", "after_requests": 10, "times": 20}],
}


def fault_figures(pull_requests: int) -> dict[str, Any]:
    """Return what a backfill costs under each kind of fault."""
    return {name: _figures(pull_requests, faults) for name, faults in CASES.items()}


def _figures(pull_requests: int, faults: list[dict[str, Any]]) -> dict[str, Any]:
    clock = SandboxClock(datetime.now(UTC))
    with (
        Sandbox(
            invented(pull_requests, 3), limits=PLENTY, work_model=SECOND_A_PAGE, clock=clock
        ) as sandbox,
        server_in_memory() as server,
        closing(PostgresTransport(new_database(server, migrated=True).conninfo)) as transport,
    ):
        work = rig(sandbox, Gateway(transport))
        (name,) = sandbox.world.names()
        work.track(name)
        before = sandbox.counters()
        for fault in faults:
            sandbox.add_fault(fault)
        turns = [work.run(repository=name, minutes=10_000).stop for _ in range(3)]
        after = sandbox.counters()
    thousands = pull_requests / 1_000
    return {
        "points_per_1000": round((after["points"] - before["points"]) / thousands, 1),
        "requests_per_1000": round((after["requests"] - before["requests"]) / thousands, 1),
        "faults": sum(after["faults"].values()),
        "stops": [str(stop) for stop in turns],
    }
