"""Review comments are read once, in order, whatever GitHub responds in between."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.bounds import Stop
from contributor_backfill.domain.sources import SourceName, Wanted
from contributor_backfill.sandbox import SandboxClock
from tests.capture.conftest import a_day_passes
from tests.support.captures import REPOSITORY, SYNC, Rig, tracked
from tests.support.databases import Database
from tests.support.review_comments import BUSY, REVIEW_COMMENTS, fault
from tests.support.truth import differences


@pytest.mark.parametrize(
    ("too_large", "failures", "fitting"), [(51, 1, 50), (26, 2, 25), (13, 3, 12), (11, 4, 10)]
)
def test_a_page_that_is_too_large_is_halved_down_to_ten_and_the_size_is_remembered(
    too_large: int, failures: int, fitting: int, busy: Rig, database: Database
) -> None:
    busy.sandbox.add_fault(fault("bad_gateway_json", per_page_at_least=too_large))

    first = busy.serve(REVIEW_COMMENTS, steps=1)
    second = busy.serve(REVIEW_COMMENTS, steps=1)

    assert first.turns[0].requests == 1 + failures + 1, "the first size twice: it may be chance"
    assert second.turns[0].requests == 2, "the first size once more, then what came"
    assert busy.sandbox.counters()["rest_pages_by_size"] == {str(fitting): 2}
    (size,) = database.rows("select * from backfill_page_sizes where query = 'review_comments'")
    assert (size["page_size"], size["clean_pages"]) == (fitting, 1)
    busy.serve(REVIEW_COMMENTS)
    assert differences(database, busy.sandbox.export(REPOSITORY), whole=True) == []


def test_less_than_ten_is_never_asked_for(busy: Rig, database: Database) -> None:
    busy.sandbox.add_fault(fault("bad_gateway_json"))

    for _ in range(4):
        assert busy.serve(REVIEW_COMMENTS).failed
        a_day_passes(database)

    (feed,) = database.rows("select * from backfill_feeds where feed = 'review_comments'")
    assert (feed["error_count"], feed["lease_expires_at"]) == (4, None)
    assert "cut the query off" in feed["last_error"]
    busy.sandbox.clear_faults()
    busy.serve(REVIEW_COMMENTS, steps=1)
    (size,) = busy.sandbox.counters()["rest_pages_by_size"]
    assert int(size) >= 10


PASSING = [
    "bad_gateway_html",
    "unicorn_html",
    "service_unavailable",
    "gateway_timeout",
    "connection_reset",
    "truncated_json",
    "cut_connection",
]


@pytest.mark.parametrize("kind", PASSING)
def test_a_passing_fault_costs_nothing_but_requests(
    kind: str, busy: Rig, database: Database
) -> None:
    busy.sandbox.add_fault(fault(kind, every=3, times=3))

    report = busy.serve()

    assert busy.sandbox.counters()["faults"][kind] >= 2
    assert not report.failed
    assert differences(database, busy.sandbox.export(REPOSITORY), whole=True) == []


def test_more_than_a_page_within_one_second_is_read_whole(
    gateway: Gateway, database: Database
) -> None:
    clock = SandboxClock(datetime.now(UTC))
    with tracked(gateway, BUSY, clock=clock) as work:
        work.run()
        numbers = [line["number"] for line in work.sandbox.export(REPOSITORY)]
        for number in numbers[:50] * 5:
            work.change("add_review_comment", number=number)
        work.sandbox.add_fault(fault("bad_gateway_json", every=9, times=2))

        work.serve(SYNC)

        assert differences(database, work.sandbox.export(REPOSITORY), whole=True) == []


def test_what_is_edited_while_the_source_is_read_is_read_again_and_shifts_nothing(
    busy: Rig, database: Database
) -> None:
    busy.sandbox.add_fault(fault("bad_gateway_json", per_page_at_least=51))
    edited = 0
    lines = list(busy.sandbox.export(REPOSITORY))

    while busy.serve(REVIEW_COMMENTS, steps=1).turns[0].stop is Stop.CHUNKS:
        for line in (lines[edited], lines[-1 - edited]):
            comment = line["review_comments"][edited % 5]["full_database_id"]
            busy.change("edit_review_comment", number=line["number"], full_database_id=comment)
        edited += 1

    assert edited > 5
    assert differences(database, busy.sandbox.export(REPOSITORY), whole=True) == []


def test_the_watermark_follows_the_comments_and_the_next_pass_begins_there(
    busy: Rig, database: Database
) -> None:
    export = busy.sandbox.export(REPOSITORY)
    newest = max(c["updated_at"] for line in export for c in line["review_comments"])
    watermark = "select watermark, position from backfill_feeds where feed = 'review_comments'"

    busy.serve(REVIEW_COMMENTS, steps=1)
    (middle,) = database.rows(watermark)
    busy.serve(REVIEW_COMMENTS)
    (end,) = database.rows(watermark)
    (turn,) = busy.serve(REVIEW_COMMENTS).turns

    assert middle["position"]["since"] is not None
    assert middle["watermark"] < end["watermark"] == datetime.fromisoformat(newest)
    assert end["position"] is None
    assert (turn.requests, turn.rows < 5) == (1, True)


def test_a_window_further_back_is_read_again_and_does_not_move_the_watermark_back(
    busy: Rig, database: Database
) -> None:
    watermark = "select watermark from backfill_feeds where feed = 'review_comments'"
    busy.serve(REVIEW_COMMENTS)
    before = database.value(watermark)
    database.rows("delete from comments where comment_type = 'review_comment'")

    busy.serve(replace(REVIEW_COMMENTS, since=datetime(2020, 1, 1, tzinfo=UTC)))

    assert database.value(watermark) == before
    assert differences(database, busy.sandbox.export(REPOSITORY), whole=True) == []


def test_while_the_list_has_the_tag_of_the_last_pass_asking_is_free(busy: Rig) -> None:
    comments = Wanted((SourceName.REVIEW_COMMENTS,), forced=True)
    busy.serve(comments)

    costs = [rest_spent(busy, comments) for _ in range(3)]
    export = busy.sandbox.export(REPOSITORY)
    number = next(line["number"] for line in export if line["review_comments"])
    busy.change("add_review_comment", number=number)

    assert costs == [(1, 0), (0, 1), (0, 1)]
    assert rest_spent(busy, comments) == (1, 0)


def rest_spent(work: Rig, wanted: Wanted) -> tuple[int, int]:
    """Serve sources and return the requests that counted, and those that did not."""
    before = work.sandbox.counters()
    assert not work.serve(wanted).failed
    after = work.sandbox.counters()
    return (
        after["rest_requests"] - before["rest_requests"],
        after["not_modified"] - before["not_modified"],
    )
