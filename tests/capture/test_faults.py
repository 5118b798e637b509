"""Whatever GitHub responds in between, the database ends up with exactly what GitHub has."""

from typing import Any

import pytest

from contributor_backfill.domain.bounds import Stop
from contributor_backfill.github.faults import BadCredentials
from contributor_backfill.sandbox import Sandbox
from tests.support.captures import REPOSITORY, Rig
from tests.support.databases import Database
from tests.support.truth import differences

CHUNKS = "select pr_count from backfill_chunks where status = 'completed' order by chunk_number"
PASSING = [
    "bad_gateway_json",
    "bad_gateway_html",
    "unicorn_html",
    "service_unavailable",
    "gateway_timeout",
    "connection_reset",
    "truncated_json",
    "cut_connection",
    "resource_limits_exceeded",
    "null_nodes",
    "half_page",
    "empty",
    "data_null",
    "node_null",
    "error_without_type",
    "not_in_time",
]
CARRYING_NOTHING = PASSING[-5:]


@pytest.mark.parametrize("kind", PASSING)
def test_a_passing_fault_costs_nothing_but_requests(
    kind: str, work: Rig, sandbox: Sandbox, database: Database
) -> None:
    sandbox.add_fault({"kind": kind, "every": 3, "times": 6, "nodes": 2})

    report = work.run(minutes=30)

    assert sandbox.counters()["faults"][kind] >= 3
    assert report.stop is Stop.COMPLETED
    assert not report.failed
    assert differences(database, sandbox.export(REPOSITORY)) == []


def test_pages_that_are_too_heavy_become_smaller_and_the_size_is_remembered(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    sandbox.add_fault({"kind": "gateway_timeout", "when": {"first_at_least": 10}})

    report = work.run(minutes=30)

    assert report.stop is Stop.COMPLETED
    assert differences(database, sandbox.export(REPOSITORY)) == []
    remembered = database.value("select page_size from backfill_page_sizes")
    assert 1 <= remembered < 10
    too_large = sandbox.counters()["faults"]["gateway_timeout"]
    assert too_large <= 6, "three until it fits, and no size again before twenty pages came"


@pytest.mark.parametrize("kind", CARRYING_NOTHING)
def test_a_size_that_is_answered_with_nothing_is_never_asked_for_for_ever(
    kind: str, work: Rig, sandbox: Sandbox, database: Database
) -> None:
    sandbox.add_fault({"kind": kind, "when": {"first_at_least": 10}})

    report = work.run(minutes=30)

    assert report.stop is Stop.COMPLETED
    assert differences(database, sandbox.export(REPOSITORY)) == []


@pytest.mark.parametrize("kind", ["poison", *CARRYING_NOTHING])
def test_a_pull_request_that_lets_nothing_through_is_recorded_and_passed(
    kind: str, work: Rig, sandbox: Sandbox, database: Database
) -> None:
    poison = _number_in_the_middle(sandbox)
    sandbox.add_fault({"kind": kind, "when": {"number": poison}})

    report = work.run(minutes=30)

    assert report.turns[-1].stop is Stop.COMPLETED
    assert report.failed
    (reject,) = database.rows("select * from backfill_rejects")
    assert (reject["kind"], reject["sqlstate"]) == ("pull_requests", "CB100")
    truth = sandbox.export(REPOSITORY)
    assert differences(database, truth, without=frozenset({poison})) == []


def test_what_carries_nothing_for_a_whole_run_is_an_outage_and_tried_again(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    sandbox.add_fault({"kind": "data_null"})

    assert work.run(minutes=30).failed

    state = database.rows("select * from progressive_backfill_state")[0]
    assert (state["status"], state["consecutive_errors"]) == ("active", 1)
    sandbox.clear_faults()
    assert work.run(repository=REPOSITORY).stop is Stop.COMPLETED
    assert differences(database, sandbox.export(REPOSITORY)) == []


@pytest.mark.parametrize("kind", ["bad_gateway_html", "service_unavailable", "empty"])
def test_faults_at_random_cost_next_to_no_points(kind: str, work: Rig, sandbox: Sandbox) -> None:
    before = sandbox.counters()["points"]
    sandbox.add_fault({"kind": kind, "percent": 10})

    assert work.run(minutes=30).stop is Stop.COMPLETED

    assert sandbox.counters()["points"] - before <= 300 * 48 / 1_000


def test_after_an_outage_pages_are_as_large_as_before(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    sandbox.add_fault({"kind": "bad_gateway_html", "after_requests": 2, "times": 4})

    assert work.run(minutes=30).stop is Stop.COMPLETED

    sizes = [row["pr_count"] for row in database.rows(CHUNKS)]
    assert min(sizes[3:-1]) >= sizes[0]


@pytest.mark.parametrize(
    ("switches", "missing"),
    [
        ({"with_diff_statistics": True}, ["diff_statistics"]),
        ({"with_lists": True}, ["diff_statistics", "lists"]),
    ],
)
def test_a_poison_pull_request_is_captured_by_a_lighter_query(
    switches: dict[str, Any], missing: list[str], work: Rig, sandbox: Sandbox, database: Database
) -> None:
    poison = _number_in_the_middle(sandbox)
    sandbox.add_fault({"kind": "poison", "when": {"number": poison, **switches}})

    report = work.run(minutes=30)

    assert report.stop is Stop.COMPLETED
    row = database.rows(
        "select missing_fields, reviews_total from backfill_pull_requests where number = %s", poison
    )
    assert row[0]["missing_fields"] == missing
    truth = list(sandbox.export(REPOSITORY))
    wrong = [d for d in differences(database, truth) if not _is_about(d, truth, poison)]
    assert wrong == []


def test_a_pull_request_that_nothing_brings_is_recorded_and_passed(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    poison = _number_in_the_middle(sandbox)
    sandbox.add_fault({"kind": "poison", "when": {"number": poison, "with_details": True}})

    report = work.run(minutes=30)

    assert report.turns[-1].stop is Stop.COMPLETED
    assert report.failed, "a pull request that was skipped must show in the exit code"
    reject = database.rows("select * from backfill_rejects")
    assert [(r["kind"], r["number"], r["sqlstate"]) for r in reject] == [
        ("pull_requests", poison, "CB100")
    ]
    truth = sandbox.export(REPOSITORY)
    assert differences(database, truth, without=frozenset({poison})) == []


def test_a_field_that_fails_costs_only_that_field(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    poison = _number_in_the_middle(sandbox)
    sandbox.add_fault({"kind": "field_error", "when": {"number": poison}})

    report = work.run(minutes=30)

    assert report.stop is Stop.COMPLETED
    missing = database.value(
        "select missing_fields from backfill_pull_requests where number = %s", poison
    )
    assert missing == ["diff_statistics"]
    assert database.value("select count(*) from pull_requests") == 300


def test_a_cursor_that_does_not_move_fails_the_chunk_instead_of_reading_for_ever(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    sandbox.add_fault({"kind": "stuck_cursor", "after_requests": 3})

    report = work.run()

    assert report.failed
    assert "cursor did not move" in report.turns[-1].reason
    assert database.value("select last_error from progressive_backfill_state") is not None
    assert sandbox.counters()["requests"] < 10


def test_after_an_outage_the_backfill_is_tried_again_later_and_then_paused(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    sandbox.add_fault({"kind": "service_unavailable"})

    for _ in range(3):
        assert work.run(repository=REPOSITORY, minutes=30).failed

    state = database.rows("select * from progressive_backfill_state")[0]
    assert state["status"] == "paused"
    assert state["resume_at"] is not None
    sandbox.clear_faults()
    assert work.run(repository=REPOSITORY).stop is Stop.COMPLETED
    assert differences(database, sandbox.export(REPOSITORY)) == []


@pytest.mark.parametrize("kind", ["not_found", "saml", "forbidden_integration"])
def test_a_repository_that_cannot_be_read_fails_with_the_reason(
    kind: str, work: Rig, sandbox: Sandbox, database: Database
) -> None:
    sandbox.add_fault({"kind": kind})

    report = work.run()

    assert report.failed
    state = database.rows("select * from progressive_backfill_state")[0]
    assert state["status"] == "failed"
    assert state["last_error"] == report.turns[-1].reason
    assert state["lease_token"] is None


def test_a_token_that_expires_midway_is_not_the_repositorys_fault(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    sandbox.add_fault({"kind": "unauthorized", "after_requests": 3})

    with pytest.raises(BadCredentials, match="GITHUB_TOKEN"):
        work.run()

    state = database.rows("select * from progressive_backfill_state")[0]
    assert (state["status"], state["error_count"], state["lease_token"]) == ("active", 0, None)
    assert database.value("select count(*) from pull_requests") > 0


def _number_in_the_middle(sandbox: Sandbox) -> int:
    return int(list(sandbox.export(REPOSITORY))[137]["number"])


def _is_about(difference: str, truth: list[dict[str, Any]], number: int) -> bool:
    """Tell whether a difference is about the one pull request that is known to lack something."""
    line = next(line for line in truth if line["number"] == number)
    ids = [line["full_database_id"], *(i["full_database_id"] for i in line["reviews"])]
    ids += [item["full_database_id"] for item in line["comments"]]
    return any(str(i) in difference for i in ids) or difference.startswith("contributor")
