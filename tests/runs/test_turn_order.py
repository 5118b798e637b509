"""The next turn is for who brings most for a point; who waits comes first at last."""

from datetime import timedelta

from tests.support.databases import Database
from tests.support.problems import NOW, Scene, ago

FIRST_WALK = """
    select d.repository_id from backfill_due_sources_v2(
      '{backfill}', '{}', null, 12, false, false, %s) d
    order by d.place limit 1
"""
FEEDS = """
    select r.full_name from backfill_due_sources_v2(
      array['pull_requests'], '{}', null, 12, false, false, %s) d
    join repositories r on r.id = d.repository_id order by d.place
"""


def yields(scene: Scene, repository_id: str, query: str, items_per_point: float) -> None:
    scene.insert(
        "backfill_page_sizes",
        repository_id=repository_id,
        query=query,
        page_size=20,
        items_per_point=items_per_point,
    )


def test_of_backfills_that_wait_as_long_the_one_that_brings_most_for_a_point_is_first(
    database: Database,
) -> None:
    scene = Scene(database)
    heavy, light, nearly_done = (
        scene.repository(f"octo/{name}") for name in ("heavy", "light", "nearly-done")
    )
    for repository_id, per_point in ((heavy, 4.0), (light, 29.0), (nearly_done, 29.0)):
        yields(scene, repository_id, "pull_requests_page", per_point)
    for repository_id, processed in ((heavy, 0), (light, 0), (nearly_done, 498)):
        scene.backfill(repository_id, last_served_at=ago(60), processed_prs=processed)

    served = []
    for _ in range(3):
        (row,) = database.rows(FIRST_WALK, NOW)
        served.append(str(row["repository_id"]))
        database.rows(
            "update progressive_backfill_state set last_served_at = %s where repository_id = %s",
            NOW,
            row["repository_id"],
        )

    assert served == [light, heavy, nearly_done]


def test_beside_a_giant_each_of_95_small_ones_is_served_in_150_rounds(database: Database) -> None:
    scene = Scene(database)
    giant = scene.repository("octo/giant")
    yields(scene, giant, "pull_requests_page", 29.0)
    scene.backfill(giant, total_prs=110_000, last_served_at=ago(1))
    for number in range(95):
        small = scene.repository(f"octo/small-{number}")
        scene.backfill(small, total_prs=3, last_served_at=ago(1))

    visits: dict[str, int] = {}
    for round_ in range(150):
        now = NOW + timedelta(minutes=round_)
        (row,) = database.rows(FIRST_WALK, now)
        visited = str(row["repository_id"])
        visits[visited] = visits.get(visited, 0) + 1
        database.rows(
            "update progressive_backfill_state set last_served_at = %s where repository_id = %s",
            now,
            visited,
        )

    assert len(visits) == 96
    assert visits.pop(giant) > 5 * max(visits.values()) / 2


def test_a_sync_goes_first_where_most_changed_since_the_last_one(database: Database) -> None:
    scene = Scene(database)
    for name, rate, hours in (
        ("sleepy", 0.01, 13),
        ("busy", 4.0, 13),
        ("lively", 1.0, 13),
        ("forgotten", 0.01, 24 * 30),
    ):
        moment = ago(60 * hours)
        scene.source(
            scene.repository(f"octo/{name}"),
            "pull_requests",
            synced_at=moment,
            last_served_at=moment,
            watermark=moment,
            items_per_hour=rate,
        )
    scene.repository("octo/new")

    order = [row["full_name"].removeprefix("octo/") for row in database.rows(FEEDS, NOW)]

    assert order == ["new", "forgotten", "busy", "lively", "sleepy"]
