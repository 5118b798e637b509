"""GitHub's total of all comments is a hint: whatever it counts, a repository becomes complete."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.sources import SourceName
from contributor_backfill.reports.standing import standing
from contributor_backfill.reports.terminal.status import problems
from contributor_backfill.sandbox import Sandbox, World
from tests.support.captures import REPOSITORY, SYNC, Rig, rig, tracked
from tests.support.databases import Database
from tests.support.reconciling import SMALL, findings, is_complete, queue, reconcile, short_lists
from tests.support.truth import differences

WITH_REVIEWS = replace(SMALL, totals_count_reviews=True)
MISLEADING = "select misleading_totals from backfill_repositories"


def read_alone(work: Rig) -> int:
    """Return how many requests were for the review comments of one pull request."""
    counters = work.sandbox.counters()
    pages: dict[str, int] = counters["rest_pages_by_size"]
    return int(counters["rest_requests"]) - sum(pages.values())


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(World.of([WITH_REVIEWS])) as sandbox:
        yield sandbox


def test_a_total_that_counts_reviews_with_a_body_contradicts_what_is_stored(
    sandbox: Sandbox,
) -> None:
    lines = list(sandbox.export(REPOSITORY))
    counted = [
        line["total_comments_count"] - len(line["comments"]) - len(line["review_comments"])
        for line in lines
    ]
    assert sum(counted) > 50


def test_what_the_total_counts_is_seen_from_what_is_stored(whole: Rig, database: Database) -> None:
    assert database.value(MISLEADING) == 3
    assert read_alone(whole) == 0, "no list is read because of it"
    assert is_complete(whole)
    assert differences(database, whole.sandbox.export(REPOSITORY), whole=True) == []


def test_either_reading_of_the_total_costs_the_same(gateway: Gateway, database: Database) -> None:
    spent = []
    for counts_reviews in (False, True):
        with Sandbox(World.of([replace(SMALL, totals_count_reviews=counts_reviews)])) as sandbox:
            work = rig(sandbox, gateway)
            work.track()
            work.run()
            work.serve()
            reconcile(work)
            assert is_complete(work)
            assert findings(work) == set()
            counters = sandbox.counters()
            spent.append(counters["points"] + counters["rest_requests"])
        database.empty()
    assert spent[1] <= spent[0] * 1.1


def test_where_no_bodies_are_kept_the_first_three_totals_are_tried_and_no_more(
    work: Rig, database: Database
) -> None:
    database.rows("update backfill_repositories set bodies = 'none'")
    work.run()

    assert not work.serve().failed

    assert database.value(MISLEADING) == 3
    assert read_alone(work) == 3
    assert database.value("select count(*) from backfill_continuations") == 0
    assert is_complete(work)


def test_what_comes_later_costs_no_list_either(whole: Rig, database: Database) -> None:
    for line in list(whole.sandbox.export(REPOSITORY))[:40]:
        whole.change("add_review", number=line["number"], body="Looks good.")
        whole.change("add_review_comment", number=line["number"])

    whole.serve(SYNC)

    assert read_alone(whole) <= 1, "the sync may probe the whole list"
    assert is_complete(whole)
    assert differences(database, whole.sandbox.export(REPOSITORY), whole=True) == []


def test_review_comments_are_not_called_complete_before_their_list_was_read_past_the_capture(
    whole: Rig,
) -> None:
    number = whole.longest("review_comments", 5)["number"]
    whole.change("add_review", number=number, body="Looks good.")
    whole.change("add_review_comment", number=number)

    whole.serve(replace(SYNC, sources=(SourceName.SYNC,)))
    before = is_complete(whole)
    whole.serve(SYNC)

    assert (before, is_complete(whole)) == (False, True)


def test_a_total_that_is_the_sum_of_both_lists_is_gone_by(
    gateway: Gateway, database: Database
) -> None:
    with tracked(gateway, SMALL) as work:
        work.run()
        work.serve()
        database.rows("""
            delete from comments where id in (
              select c.id from comments c join reviews r on r.pull_request_id = c.pull_request_id
              where comment_type = 'review_comment' and in_reply_to_id is null
                and not exists (select from comments a where a.in_reply_to_id = c.id)
                and r.body <> '' limit 1)
        """)
        reconcile(work)

        assert {kind for kind, _ in findings(work)} == {"review_comments"}
        queue(work)
        work.serve()

        assert database.value(MISLEADING) == 0
        assert differences(database, work.sandbox.export(REPOSITORY), whole=True) == []


@pytest.mark.parametrize("counts_reviews", [False, True])
def test_rows_that_vanished_are_found_whatever_the_total_counts(
    counts_reviews: bool, gateway: Gateway, database: Database
) -> None:
    with tracked(gateway, replace(SMALL, totals_count_reviews=counts_reviews)) as work:
        work.run()
        work.serve()
        database.rows("delete from reviews where id in (select id from reviews limit 40)")
        database.rows("""
            delete from comments where id in (
              select id from comments where comment_type = 'issue_comment' limit 40)
        """)
        missing = short_lists(work, database)
        assert {kind for kind, _ in missing} == {"reviews", "comments"}

        reconcile(work)

        assert findings(work) == missing
        queue(work)
        work.serve()
        assert differences(database, work.sandbox.export(REPOSITORY), whole=True) == []
        assert is_complete(work)


@pytest.mark.parametrize("counts_reviews", [False, True])
def test_a_review_comment_that_is_deleted_without_a_trace_is_found_by_a_total_that_changed(
    counts_reviews: bool, gateway: Gateway
) -> None:
    with tracked(gateway, replace(SMALL, totals_count_reviews=counts_reviews)) as work:
        work.run()
        work.serve()
        line = next(
            line
            for line in work.sandbox.export(REPOSITORY)
            if len(line["review_comments"]) > 1 and any(r["body"] for r in line["reviews"])
        )
        gone = max(review_comment["full_database_id"] for review_comment in line["review_comments"])
        work.change("delete_review_comment", number=line["number"], full_database_id=gone)

        reconcile(work)

        assert findings(work) == {("review_comments", line["number"])}
        queue(work)
        work.serve()
        reconcile(work)
        assert findings(work) == set()
        assert is_complete(work)


@pytest.mark.parametrize("surplus", [3, -2])
def test_a_total_of_pull_requests_that_differs_from_the_list_is_settled_with_a_note(
    surplus: int, gateway: Gateway, database: Database
) -> None:
    with tracked(gateway, replace(SMALL, total_surplus=surplus)) as work:
        work.run()
        work.serve()
        before = is_complete(work)

        reconcile(work)

        assert (before, is_complete(work)) == (False, True)
        (line,) = work.gateway.read_status()
        shown = standing(line, work.clock.now())
        assert (shown.state, shown.unlisted) == ("complete", surplus)
        assert any("GitHub counts" in note for note in problems(shown))
        assert findings(work) == set()

        work.change("insert_pull_request")
        work.serve(SYNC)
        assert is_complete(work), "the difference stays"

        database.rows("""
            delete from pull_requests where number = (select min(number) from pull_requests)
        """)
        assert not is_complete(work)
