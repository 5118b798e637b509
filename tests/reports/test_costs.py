"""The use of a month, and its caps, over both transports."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from psycopg.types.json import Jsonb

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.gateway.snapshot import usage as as_usage
from contributor_backfill.domain.budget import CapState, Measure
from tests.support.control import interventions, order
from tests.support.databases import Database

BEGIN, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
STANDING = "select backfill_budget_standing_v1(%s)"


def run(database: Database, started_at: datetime, command: str, **values: Any) -> None:
    row = {"id": uuid4(), "command": command, "holder": "h", "outcome": "done"} | values
    names = ", ".join([*row, "started_at", "ended_at"])
    places = ", ".join("%s" for _ in range(len(row) + 2))
    database.rows(
        f"insert into backfill_runs ({names}) values ({places})",
        *(*row.values(), started_at, started_at),
    )


def repository(database: Database, github_id: int, full_name: str, milliseconds: int) -> None:
    owner, _, name = full_name.partition("/")
    repository_id = database.value(
        "insert into repositories (github_id, full_name, owner, name) values (%s, %s, %s, %s)"
        " returning id",
        *(github_id, full_name, owner, name),
    )
    for day in ("2026-02-28", "2026-03-01", "2026-03-31", "2026-04-01"):
        database.rows(
            "insert into backfill_days (repository_id, day, source, chunks, pull_requests,"
            " row_count, points, requests, milliseconds)"
            " values (%s, %s, 'backfill', 1, 25, 100, 2, 3, %s)",
            *(repository_id, day, milliseconds),
        )


def job(database: Database, job_type: str, processor: str, metadata: Any) -> None:
    database.rows(
        "insert into progressive_capture_jobs (job_type, processor_type, status, metadata,"
        " created_at) values (%s, %s, 'completed', %s, '2026-03-05Z')",
        *(job_type, processor, Jsonb(metadata)),
    )


def test_usage_counts_what_began_in_the_month_and_nothing_else(
    either_gateway: Gateway, database: Database
) -> None:
    backfill = {"points": 10, "requests": 12, "row_count": 500, "bytes": 4_000, "seconds": 90.0}
    for day, minutes, is_private in ((1, 2, True), (31, 3, False)):
        run(
            database,
            datetime(2026, 3, day, 23, 59, 59, tzinfo=UTC),
            "progressive-backfill",
            **backfill,
            billed_minutes=minutes,
            workflow_is_private=is_private,
        )
    run(database, BEGIN, "recover", billed_minutes=1)
    run(database, BEGIN, "alert", billed_minutes=0)
    run(database, END, "recover", billed_minutes=100)
    repository(database, 1, "octo/small", 5)
    repository(database, 2, "octo/giant", 500)
    for kind, metadata in (("a", {"steps": 4}), ("a", {}), ("b", {"steps": ["x", "y"]})):
        job(database, kind, "inngest", metadata)
    job(database, "a", "github_actions", {"steps": 99})

    usage = database.value("select backfill_usage_v1(%s, %s)", BEGIN, END)

    assert either_gateway.read_costs(BEGIN, END)[0] == as_usage(usage)
    first, second, third = usage["commands"]
    assert first == {
        "command": "progressive-backfill",
        "runs": 2,
        "jobs": 2,
        "billed_minutes": 5,
        "points": 20,
        "requests": 24,
        "rows": 1_000,
        "bytes": 8_000,
        "seconds": 180.0,
    }
    assert [(c["command"], c["jobs"], c["billed_minutes"]) for c in (second, third)] == [
        ("recover", 1, 1),
        ("alert", 0, 0),
    ]
    assert [(d["day"], d["billed_minutes"]) for d in usage["days"]] == [
        ("2026-03-01", 3),
        ("2026-03-31", 3),
    ]
    assert usage["visibility"] == {"private": 2, "public": 3, "unknown": 1}
    giant, small = usage["repositories"]
    assert giant == {
        "full_name": "octo/giant",
        "points": 4,
        "requests": 6,
        "rows": 200,
        "milliseconds": 1_000,
    }
    assert (small["full_name"], usage["repositories_total"]["points"]) == ("octo/small", 8)
    inngest = usage["inngest"]
    assert (inngest["runs"], inngest["steps"], inngest["executions"]) == (3, 6, 9)
    assert inngest["types"][0] == {"job_type": "a", "runs": 2, "without_steps": 1, "steps": 4}


def test_a_cap_is_set_once_on_record_and_is_near_at_80_and_reached_at_100_percent(
    either_gateway: Gateway, database: Database
) -> None:
    assert either_gateway.read_budget().caps == ()
    run(database, datetime.now(UTC), "recover", billed_minutes=80, points=100)
    wanted = order("money is short")

    for _ in range(2):
        standing, changes = either_gateway.set_budget({"minutes": 100.5, "points": 100}, wanted)

    assert [(c.action, c.actor, c.reason) for c in changes] == [("budget", "ada", "money is short")]
    assert (changes[0].before, changes[0].after) == (
        {"minutes": None, "points": None},
        {"minutes": 100.5, "points": 100},
    )
    points, minutes = standing.caps
    assert (points.measure, points.state, points.share) == (Measure.POINTS, CapState.PAUSED, 1)
    assert (minutes.measure, minutes.state) == (Measure.MINUTES, CapState.OK)
    terms = {"minutes": 100, "points": None, "dollars": 1, "megabytes": 5}
    standing, _ = either_gateway.set_budget(
        terms | {"dollars_per_minute": 0.02, "included_minutes": 30}, order()
    )
    assert {cap.measure: (cap.used, cap.state) for cap in standing.caps} == {
        # Fifty minutes beyond the included ones; nobody said that they are free.
        Measure.DOLLARS: (1, CapState.PAUSED),
        Measure.MINUTES: (80, CapState.WARNING),
        Measure.MEGABYTES: (0, CapState.OK),
    }
    assert either_gateway.read_budget() == standing
    assert len(interventions(database)) == 2


def test_the_month_is_that_of_utc_and_its_end_frees_what_it_paused(database: Database) -> None:
    run(database, datetime(2026, 3, 31, 23, 59, tzinfo=UTC), "recover", points=7)
    database.rows("insert into backfill_budget (points, megabytes) values (7, 1)")
    size = database.value("select pg_database_size(current_database())")
    for day, less in (("2026-02-27", 3_000_000), ("2026-03-09", 1_000_000)):
        database.rows(
            "insert into backfill_database_sizes (day, bytes) values (%s, %s)", day, size - less
        )

    march = database.value(STANDING, datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC))
    april = database.value(STANDING, END)

    assert (march["is_paused"], march["resumes_at"]) == (True, END.isoformat())
    used = {cap["measure"]: cap["used"] for cap in march["caps"]}
    # It grew since the last sample before the month began.
    assert used["points"] == 7
    assert 2.9 < used["megabytes"] < 4
    used = {cap["measure"]: cap["used"] for cap in april["caps"]}
    assert (april["month"], used["points"]) == ("2026-04-01", 0)
