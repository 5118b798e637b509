"""Problems of all repositories together: silence, empty runs, quota, schedule, losses, size."""

import re
from pathlib import Path
from typing import Any

import pytest

from contributor_backfill.domain.alerts import Kind
from tests.support.databases import Database
from tests.support.problems import RUN_URL, Scene, ago

ALERTS = Path(__file__).parents[2] / "contributor_backfill" / "db" / "sql" / "alerts"
QUOTA: dict[str, Any] = {"outcome": "deferred", "stop_reason": "quota, nothing due"}
SCHEDULED: dict[str, Any] = {"event": "schedule", "workflow_run_id": 7, "row_count": 1}


@pytest.fixture
def scene(database: Database) -> Scene:
    return Scene(database)


@pytest.fixture
def busy(scene: Scene) -> Scene:
    """A database with a backfill that is due since long ago, and with runs since longer ago."""
    scene.run(60 * 24 * 11, row_count=1)
    repository_id = scene.complete_without_backfill("octo/busy")
    scene.backfill(repository_id, last_served_at=ago(300))
    return scene


def test_python_knows_each_kind_that_is_found() -> None:
    texts = [file.read_text(encoding="utf-8") for file in ALERTS.glob("*_problems.sql")]
    named = set(re.findall(r"'(\w+)' as kind", "\n".join(texts)))

    # Those two are seen at GitHub, not in the database.
    assert named == {str(kind) for kind in Kind} - {"inactivity", "workflows_disabled"}


def test_two_intervals_without_a_success_are_silence(busy: Scene) -> None:
    busy.run(60, row_count=1)

    assert busy.kinds() == []
    assert busy.kinds(2) == ["silence"]
    detail = busy.detail("silence", 2)
    assert (detail["repositories"], detail["outcome"], detail["url"]) == (1, "done", RUN_URL)
    # Rarer runs are waited for longer.
    assert busy.kinds(2, interval=60) == []


def test_a_deferred_run_is_a_success_and_a_failed_one_is_not(busy: Scene) -> None:
    busy.run(90, row_count=1)
    busy.run(20, "failed", error="no such function")
    assert busy.kinds() == ["silence"]
    assert busy.detail("silence")["error"] == "no such function"

    busy.run(10, "deferred", stop_reason="quota")
    assert busy.kinds() == []


def test_a_run_that_was_stopped_before_it_did_anything_is_no_success(busy: Scene) -> None:
    busy.run(10, "deferred", stop_reason="interrupted")

    assert busy.kinds() == ["silence"]


def test_a_long_run_that_is_alive_is_no_silence(busy: Scene) -> None:
    busy.run(200, "running", heartbeat_at=ago(1))

    assert busy.kinds() == []
    assert busy.kinds(10) == ["silence"]


def test_silence_begins_when_work_is_due_and_not_when_the_last_run_was(scene: Scene) -> None:
    scene.run(60 * 24, row_count=1)
    scene.complete(minutes_ago=12 * 60 - 10)

    assert scene.kinds() == []
    assert scene.kinds(69) == []
    assert scene.kinds(71) == ["silence"]


def test_without_a_run_on_record_nobody_can_tell(scene: Scene) -> None:
    scene.backfill(scene.repository())

    assert scene.kinds() == []


def test_a_first_run_that_never_comes_is_silence(scene: Scene) -> None:
    scene.run(61, command="track")
    scene.backfill(scene.repository(tracked_at=ago(61)), walk_started_at=ago(61))

    assert scene.kinds() == ["silence"]
    assert scene.detail("silence")["last_success_at"] is None


def three_runs(scene: Scene, **values: Any) -> None:
    for minutes in (80, 50, 20):
        scene.run(minutes, **{"stop_reason": "time limit", **values})


def test_three_runs_that_store_nothing_while_work_is_due_are_a_problem(busy: Scene) -> None:
    three_runs(busy)

    assert busy.kinds() == ["nothing_stored"]
    assert busy.detail("nothing_stored")["runs"] == 3


def test_a_row_or_a_third_run_that_is_missing_is_no_such_problem(busy: Scene) -> None:
    for minutes in (50, 20):
        busy.run(minutes, stop_reason="time limit")
    assert busy.kinds() == []

    busy.run(170, stop_reason="time limit", row_count=1)
    assert busy.kinds() == []


def test_runs_that_were_done_with_everything_store_nothing_rightly(scene: Scene) -> None:
    scene.run(60 * 24 * 3, row_count=1)
    scene.complete()
    three_runs(scene, stop_reason="nothing due")

    assert scene.kinds() == []


def test_work_that_has_come_since_is_no_reproach_to_earlier_runs(scene: Scene) -> None:
    scene.run(60 * 24 * 3, row_count=1)
    three_runs(scene)
    scene.backfill(scene.complete_without_backfill(), walk_started_at=ago(5), created_at=ago(5))

    assert scene.kinds() == []


def test_work_that_waited_for_quota_is_no_reproach(busy: Scene) -> None:
    three_runs(busy, stop_reason="nothing due")
    busy.database.rows("update progressive_backfill_state set next_attempt_at = %s", ago(-20))
    assert busy.kinds() == []

    # Due again, but only since after those runs.
    busy.database.rows("update progressive_backfill_state set next_attempt_at = %s", ago(10))
    assert busy.kinds() == []


def test_syncs_that_find_nothing_new_are_as_they_should_be(scene: Scene) -> None:
    scene.run(60 * 24 * 3, row_count=1)
    scene.complete("octo/synced", minutes_ago=50)
    scene.complete("octo/next", minutes_ago=15 * 60)
    three_runs(scene)

    assert scene.kinds() == []


def test_work_that_is_served_in_vain_is_a_problem(busy: Scene) -> None:
    three_runs(busy, stop_reason="nothing due")
    assert busy.kinds() == []

    busy.database.rows("update progressive_backfill_state set last_served_at = %s", ago(20))
    assert busy.kinds() == ["nothing_stored"]


def test_quota_that_is_empty_for_three_hours_is_a_problem(scene: Scene) -> None:
    for minutes in (165, 100, 20):
        scene.run(minutes, **QUOTA, points=2)

    assert scene.kinds() == ["quota"]
    assert scene.detail("quota")["points"] == 6


@pytest.mark.parametrize(
    "runs",
    [
        # Two runs do not tell.
        [(165, {}), (20, {})],
        # One that could work.
        [(165, {}), (100, {"outcome": "done", "stop_reason": "time limit"}), (20, {})],
        # Three tries within ten minutes are no hours.
        [(25, {}), (20, {}), (15, {})],
        # Its hour's points were spent, as they should be.
        [(165, {"points": 800}), (100, {"points": 790}), (20, {"points": 0})],
    ],
)
def test_quota_that_was_there_is_no_problem(
    scene: Scene, runs: list[tuple[float, dict[str, Any]]]
) -> None:
    for minutes, values in runs:
        scene.run(minutes, **{**QUOTA, "row_count": 1, **values})

    assert scene.kinds() == []


def test_a_schedule_that_stops_coming_is_late(scene: Scene) -> None:
    scene.complete()
    for minutes in (120, 90, 55):
        scene.run(minutes, **SCHEDULED)

    assert scene.kinds() == []
    assert scene.kinds(10) == ["schedule_late"]
    # Whoever starts the runs instead: they are not late.
    scene.run(5, event="workflow_dispatch", workflow_run_id=8, row_count=1)
    assert scene.kinds(10) == []


def test_a_schedule_that_never_came_is_not_late(scene: Scene) -> None:
    scene.complete()
    scene.run(300, event="workflow_dispatch", workflow_run_id=8, row_count=1)
    scene.run(250, **SCHEDULED)

    assert scene.kinds() == []


def test_where_nothing_succeeds_the_schedule_is_not_told_beside(busy: Scene) -> None:
    for minutes in (200, 160, 120):
        busy.run(minutes, **SCHEDULED)

    assert busy.kinds() == ["silence"]


def test_lost_runs_are_told_for_a_day(scene: Scene) -> None:
    scene.complete()
    scene.run(60, "lost", command="reconcile")
    scene.run(30, "lost")

    assert scene.detail("lost_runs")["count"] == 2
    assert scene.kinds(60 * 9) == ["lost_runs"]
    assert "lost_runs" not in scene.kinds(60 * 24)


def test_three_failures_in_a_row_are_a_problem_with_the_last_error(scene: Scene) -> None:
    scene.complete()
    scene.run(200, command="sync-historical", row_count=1)
    for minutes, error in ((150, "first"), (100, "second"), (50, "third")):
        assert "failed_runs" not in scene.kinds()
        scene.run(minutes, "failed", command="sync-historical", error=error)

    (command,) = scene.detail("failed_runs")["commands"]
    assert (command["command"], command["count"]) == ("sync-historical", 3)
    assert (command["error"], command["url"]) == ("third", RUN_URL)

    scene.run(10, command="sync-historical")
    assert scene.kinds() == []


def test_a_database_that_refuses_everything_is_told_at_once_and_by_its_name(scene: Scene) -> None:
    scene.complete()
    for minutes in (90, 60, 30):
        scene.run(minutes, "failed", stop_reason="database refuses", error="no right (42501)")
        assert scene.kinds() == ["database_refuses"]

    detail = scene.detail("database_refuses")
    assert (detail["command"], detail["error"]) == ("progressive-backfill", "no right (42501)")

    scene.run(10, row_count=1)
    assert scene.kinds() == []


def test_failures_at_a_terminal_are_seen_there(scene: Scene) -> None:
    for minutes in (30, 20, 10):
        scene.run(minutes, "failed", command="track", error="no such repository")
    assert scene.kinds() == []

    scene.database.rows("update backfill_runs set workflow_run_id = 7")
    assert scene.kinds() == ["failed_runs"]


@pytest.mark.parametrize(
    ("part", "severity"), [(0.79, None), (0.81, "warning"), (0.94, "warning"), (0.96, "error")]
)
def test_a_database_that_is_nearly_full_is_a_problem(
    scene: Scene, part: float, severity: str | None
) -> None:
    size = scene.database.value("select pg_database_size(current_database())")

    found = scene.found(limit=int(size / part))

    assert [problem["severity"] for problem in found] == ([severity] if severity else [])
    if found:
        assert found[0]["detail"]["percent"] == int(part * 100)


def test_without_a_limit_a_database_may_have_any_size(scene: Scene) -> None:
    assert scene.kinds(limit=0) == []
    assert scene.kinds(limit=1) == ["database_size"]
