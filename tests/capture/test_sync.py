"""A sync brings what changed lately up to date, no more than that, and knows how far it came."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from contributor_backfill.domain.bounds import Stop
from contributor_backfill.domain.sources import Idle, SourceName, Wanted
from contributor_backfill.sandbox import Sandbox
from tests.capture.conftest import a_day_passes
from tests.support.captures import REPOSITORY, SYNC, Rig
from tests.support.databases import Database
from tests.support.truth import differences

PULL_REQUESTS = Wanted((SourceName.SYNC,))
FORCED = Wanted((SourceName.SYNC,), forced=True)


def feed(database: Database) -> dict[str, Any]:
    (row,) = database.rows("select * from backfill_feeds where feed = 'pull_requests'")
    return row


def test_with_nothing_new_it_costs_a_point_and_soon_no_request_of_rest(
    kept: Rig, sandbox: Sandbox, database: Database
) -> None:
    names = ("points", "graphql_requests", "rest_requests", "not_modified")
    counts = [sandbox.counters()]
    for _ in range(2):
        report = kept.serve()
        assert [turn.source for turn in report.turns] == [
            SourceName.SYNC,
            SourceName.REVIEW_COMMENTS,
        ]
        assert [turn.stop for turn in report.turns] == [Stop.COMPLETED] * 2
        counts.append(sandbox.counters())
        a_day_passes(database)

    spent = [[after[n] - before[n] for n in names] for before, after in pairwise(counts)]
    # The first one learns the tag of the list of review comments.
    assert spent == [[1, 1, 1, 0], [1, 1, 0, 1]]


def test_it_brings_what_changed_and_then_reads_no_further(
    kept: Rig, sandbox: Sandbox, database: Database
) -> None:
    lines = list(sandbox.export(REPOSITORY))
    for line in lines[::7]:
        kept.change("update_pull_request", number=line["number"], set={"title": "Anew"})
    for _ in range(3):
        kept.change("insert_pull_request")

    report = kept.serve()

    turn = report.turns[0]
    assert (turn.source, turn.captured) == (SourceName.SYNC, 3)
    assert 46 <= turn.items <= 46 + 37, "at most a page beyond what changed"
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


def test_what_was_synced_lately_is_left_alone_unless_it_is_forced(
    backfilled: Rig, database: Database
) -> None:
    left_alone = backfilled.serve(PULL_REQUESTS)

    assert left_alone.turns == ()
    assert isinstance(left_alone.idle, Idle)
    (blocked,) = left_alone.idle.blocked
    assert blocked.cause == "synced"
    assert blocked.since == database.value("select walk_started_at from progressive_backfill_state")
    assert len(backfilled.serve(FORCED).turns) == 1
    assert len(backfilled.serve(Wanted((SourceName.SYNC,), hours=0)).turns) == 1
    assert backfilled.serve(PULL_REQUESTS).turns == ()
    database.rows(
        "update backfill_feeds set synced_at = synced_at - interval '11 hours 59 minutes'"
    )
    assert backfilled.serve(PULL_REQUESTS).turns == ()
    database.rows("update backfill_feeds set synced_at = synced_at - interval '2 minutes'")
    assert backfilled.serve(PULL_REQUESTS).turns == (), "the walk began less than 12 hours ago"
    a_day_passes(database)
    assert len(backfilled.serve(PULL_REQUESTS).turns) == 1


def test_the_reason_for_a_forced_sync_is_kept_while_it_lasts(kept: Rig, database: Database) -> None:
    wanted = Wanted((SourceName.SYNC,), forced=True, since=long_ago(), reason="a user asked")

    kept.serve(wanted, items=10)

    assert feed(database)["position"]["reason"] == "a user asked"


def test_an_interrupted_sync_goes_on_from_its_cursor_and_only_then_moves_the_watermark(
    kept: Rig, sandbox: Sandbox, database: Database
) -> None:
    for line in list(sandbox.export(REPOSITORY))[::3]:
        kept.change("add_comment", number=line["number"])
    begun = datetime.now(UTC)

    first = kept.serve(PULL_REQUESTS, items=40)
    middle = feed(database)
    second = kept.serve(PULL_REQUESTS)
    end = feed(database)

    assert first.stop is Stop.ITEMS
    assert 40 <= first.turns[0].items < 80
    assert (middle["watermark"], middle["synced_at"]) == (None, None)
    assert middle["position"]["cursor"] is not None
    assert second.turns[0].items <= 100 - first.turns[0].items + 37
    assert end["position"] is None
    assert end["watermark"] == datetime.fromisoformat(middle["position"]["newest"])
    assert end["synced_at"] == datetime.fromisoformat(middle["position"]["started_at"]) >= begun
    kept.serve()
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


def test_what_changes_behind_the_pass_is_brought_by_the_next(
    kept: Rig, sandbox: Sandbox, database: Database
) -> None:
    numbers = [line["number"] for line in sandbox.export(REPOSITORY)]
    for number in numbers[:120]:
        kept.change("add_comment", number=number)
    kept.serve(PULL_REQUESTS, items=50)
    for number in numbers[::20]:
        kept.change("add_review", number=number)

    kept.serve()
    kept.serve(SYNC)

    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


def test_a_window_that_ends_above_the_watermark_does_not_move_it(
    kept: Rig, database: Database
) -> None:
    kept.serve(FORCED)
    before = feed(database)["watermark"]
    number = kept.longest("reviews")["number"]
    kept.change("update_pull_request", number=number, set={"title": "Anew"})

    kept.serve(Wanted((SourceName.SYNC,), forced=True, since=datetime.now(UTC)))

    assert feed(database)["watermark"] == before
    kept.serve(Wanted((SourceName.SYNC,), forced=True, since=long_ago()))
    assert feed(database)["watermark"] > before


def long_ago() -> datetime:
    return datetime(2020, 1, 1, tzinfo=UTC)
