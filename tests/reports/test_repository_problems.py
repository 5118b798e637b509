"""Problems of one repository: found when they are there, and only then."""

from typing import Any
from uuid import uuid4

import pytest

from tests.support.databases import Database
from tests.support.problems import LONG_AGO, NOW, Scene, ago

PAUSED = {"consecutive_errors": 3, "pause_count": 1, "last_error": "502", "last_error_at": ago(5)}


@pytest.fixture
def scene(database: Database) -> Scene:
    """A database in which the last run was just now."""
    scene = Scene(database)
    scene.run(10, row_count=5)
    return scene


def reject(scene: Scene, repository_id: str, github_id: int, **values: Any) -> None:
    row = {
        "kind": "comments",
        "sqlstate": "23505",
        "message": "duplicate key",
        "source": {},
        "first_seen_at": ago(9),
        "last_seen_at": ago(9),
    }
    scene.insert(
        "backfill_rejects", repository_id=repository_id, github_id=github_id, **{**row, **values}
    )


def chunk(scene: Scene, repository_id: str, state_id: str, number: int, **values: Any) -> None:
    row = {"status": "failed", "retry_count": 5, "error": "lost 6 times", "completed_at": ago(9)}
    scene.insert(
        "backfill_chunks",
        repository_id=repository_id,
        backfill_state_id=state_id,
        chunk_number=number,
        **{**row, **values},
    )


def test_a_fresh_database_has_none(database: Database) -> None:
    assert Scene(database).found() == []


def test_a_repository_that_was_just_tracked_has_none(database: Database) -> None:
    scene = Scene(database)
    scene.run(1, command="track")
    scene.backfill(scene.repository(tracked_at=ago(1)), walk_started_at=ago(1), created_at=ago(1))

    assert scene.found() == []


def test_what_is_complete_has_none(scene: Scene) -> None:
    scene.complete()

    assert scene.found() == []


def test_a_backfill_that_failed_is_named_with_its_reason(scene: Scene) -> None:
    repository_id = scene.repository()
    scene.backfill(repository_id, "failed", last_error="Could not resolve", last_error_at=ago(90))

    (one,) = scene.found()

    assert (one["kind"], one["severity"]) == ("failed", "error")
    assert (one["repository_id"], one["full_name"]) == (repository_id, "octo/one")
    assert one["detail"]["error"] == "Could not resolve"
    assert one["detail"]["access"] == "ok"


def test_a_complete_repository_that_is_gone_is_named(scene: Scene) -> None:
    repository_id = scene.complete()
    scene.database.rows(
        "update backfill_repositories set access = 'gone', access_reason = '404',"
        " access_noted_at = %s",
        ago(30),
    )
    scene.database.rows("update backfill_feeds set consecutive_errors = 7")

    (one,) = scene.found()

    assert (one["kind"], one["repository_id"]) == ("failed", repository_id)
    assert (one["detail"]["access"], one["detail"]["error"]) == ("gone", "404")


def test_an_earlier_implementations_failure_was_never_tried_here(scene: Scene) -> None:
    scene.backfill(scene.complete_without_backfill(), "failed", walk_started_at=None)

    assert scene.found() == []


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("paused", {**PAUSED, "resume_at": ago(-15)}),
        # Between two pauses: it tries again, and nothing has come of it yet.
        ("active", {**PAUSED, "last_served_at": ago(2)}),
    ],
)
def test_a_pause_by_errors_lasts_until_a_page_was_captured(
    scene: Scene, status: str, state: dict[str, Any]
) -> None:
    scene.backfill(scene.repository(), status, **state)
    scene.database.rows("update backfill_repositories set tracked_at = %s", ago(9))

    assert scene.kinds() == ["paused_by_errors"]
    assert scene.detail("paused_by_errors")["error"] == "502"

    scene.database.rows(
        "update progressive_backfill_state set consecutive_errors = 0, pause_count = 0,"
        " status = 'active', resume_at = null, last_served_at = %s",
        ago(1),
    )
    assert scene.kinds() == []


@pytest.mark.parametrize("by_hand", ["in the state", "for good", "for a time"])
def test_what_a_person_paused_is_no_problem(scene: Scene, by_hand: str) -> None:
    ends_at = NOW if by_hand == "for a time" else None
    repository_id = scene.repository(
        paused_at=None if by_hand == "in the state" else LONG_AGO,
        pause_ends_at=ends_at and ago(-60),
    )
    scene.backfill(repository_id, "paused", **PAUSED, resume_at=ends_at and ago(-60))
    scene.source(repository_id, "pull_requests", consecutive_errors=5, last_error="x")

    assert scene.found() == []
    # Runs go on, or do not: nobody waits for anything.
    assert scene.kinds(45) == []


def test_three_errors_of_a_source_in_a_row_are_a_problem_and_two_are_not(scene: Scene) -> None:
    one, two = scene.complete("octo/one"), scene.complete("octo/two")
    scene.source(one, "lists", consecutive_errors=3, last_error="boom", last_error_at=ago(3))
    scene.database.rows(
        "update backfill_feeds set consecutive_errors = 2 where repository_id = %s", two
    )

    (found,) = scene.found()

    assert (found["kind"], found["full_name"]) == ("errors", "octo/one")
    (part,) = found["detail"]["parts"]
    assert (part["what"], part["errors"], part["error"]) == ("lists", 3, "boom")


def test_a_chunk_that_was_given_up_is_a_problem_until_a_later_one_is_captured(scene: Scene) -> None:
    repository_id = scene.repository()
    state_id = scene.backfill(repository_id, last_served_at=ago(2))
    chunk(scene, repository_id, state_id, 3)
    chunk(scene, repository_id, state_id, 4, retry_count=0, error="502")

    assert scene.kinds() == ["dead_chunks"]
    assert scene.detail("dead_chunks")["count"] == 1

    chunk(scene, repository_id, state_id, 5, status="completed", retry_count=0)
    assert scene.kinds() == []


def test_rejected_rows_are_a_problem_and_clipped_ones_are_not(scene: Scene) -> None:
    one, two = scene.complete("octo/one"), scene.complete("octo/two")
    reject(scene, one, 1)
    reject(scene, one, 2, kind="reviews", message="the last", last_seen_at=NOW)
    reject(scene, one, 3, sqlstate="22001")
    reject(scene, two, 4, sqlstate="22001")

    (found,) = scene.found()

    assert (found["kind"], found["full_name"]) == ("rejects", "octo/one")
    detail = found["detail"]
    assert (detail["count"], detail["kinds"]) == (2, {"comments": 1, "reviews": 1})
    assert detail["error"] == "the last"


def test_who_waits_for_a_day_while_others_are_served_is_stuck(scene: Scene) -> None:
    scene.run(60 * 24 * 3, row_count=1)
    scene.backfill(scene.repository("octo/slow"), last_served_at=ago(60 * 24 + 5))
    scene.backfill(scene.repository("octo/fast"), last_served_at=ago(60 * 24 - 5))
    scene.database.rows("update backfill_repositories set tracked_at = %s", ago(60 * 11))
    pull_requests = "insert into backfill_feeds (repository_id, feed, synced_at, last_served_at)"
    scene.database.rows(
        f"{pull_requests} select id, 'pull_requests', %s, %s from repositories", ago(60), ago(60)
    )

    (found,) = scene.found()

    assert (found["kind"], found["full_name"]) == ("stuck", "octo/slow")
    assert found["detail"]["parts"] == ["backfill"]
    # With one run in an hour a day is half as many runs.
    assert scene.kinds(interval=60) == []
    # Where nothing succeeds, nobody is passed over.
    assert "stuck" not in scene.kinds(120)


def test_nothing_can_have_waited_since_before_the_first_run_on_record(scene: Scene) -> None:
    scene.backfill(scene.repository(), walk_started_at=None)

    assert scene.found() == []


def test_a_source_that_is_due_since_just_now_is_not_stuck(scene: Scene) -> None:
    scene.run(60 * 24 * 3, row_count=1)
    scene.complete("octo/one", minutes_ago=12 * 60 + 5)

    assert scene.found() == []


def test_every_problem_names_its_repository_or_none(scene: Scene) -> None:
    reject(scene, scene.complete(), 1)
    scene.run(5, "lost", id=uuid4())

    assert [(e["kind"], e["full_name"]) for e in scene.found()] == [
        ("lost_runs", None),
        ("rejects", "octo/done"),
    ]
