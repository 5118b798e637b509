"""The sources that are due, in their order; what claims and commits carry. Over both transports."""

from dataclasses import replace
from datetime import timedelta

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.harvest import ConnectionProgress, Harvest, Number
from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.domain.records import Continuation
from contributor_backfill.domain.sources import (
    Connection,
    PendingConnection,
    Position,
    SourceName,
    Wanted,
)
from contributor_backfill.domain.types import Priority
from tests.support.databases import Database
from tests.support.pages import begin, claim, commit, item, page, pull_request, repository
from tests.support.sources import (
    BEGUN,
    REVIEW_COMMENTS,
    claim_source,
    commit_source,
    harvest,
    no_source,
)

LISTS = Wanted((SourceName.CONNECTIONS,))
ALL = Wanted((SourceName.CONNECTIONS, SourceName.SYNC, SourceName.REVIEW_COMMENTS))


def with_lists(gateway: Gateway, *numbers: int) -> None:
    """A finished backfill of pull requests whose reviews do not fit a page."""
    begin(gateway)
    items = []
    for number in numbers:
        of = pull_request(number, reviews_total=150)
        queued = Continuation(of.github_id, "reviews", "middle", (1, 2))
        items.append(item(of, continuations=[queued]))
    commit(gateway, claim(gateway), page(*items, more=False))


def test_a_claim_carries_the_lists_to_be_read_on(either_gateway: Gateway) -> None:
    with_lists(either_gateway, 7, 9)

    held = claim_source(either_gateway, LISTS)

    assert held.work.lists == tuple(
        PendingConnection(f"PR_{n}", 3_000_000_000 + n, n, Connection.REVIEWS, "middle", 148)
        for n in (7, 9)
    )
    assert held.position is None


def test_no_more_lists_are_handed_out_than_were_asked_for(either_gateway: Gateway) -> None:
    with_lists(either_gateway, *range(1, 8))

    held = claim_source(either_gateway, replace(LISTS, limit=3))

    assert [connection.number for connection in held.work.lists] == [1, 2, 3]


def test_only_the_wanted_kinds_of_lists_make_a_repository_due(either_gateway: Gateway) -> None:
    with_lists(either_gateway, 7)

    no_source(either_gateway, replace(LISTS, connections=(Connection.COMMENTS,)))
    claim_source(either_gateway, replace(LISTS, connections=(Connection.REVIEWS,)))


def test_a_commit_answers_what_is_left_and_gives_back_the_lease_when_nothing_is(
    either_gateway: Gateway, database: Database
) -> None:
    with_lists(either_gateway, 7, 9)
    held = claim_source(either_gateway, LISTS)
    first, second = (connection.pull_request_github_id for connection in held.work.lists)

    begun = commit_source(
        either_gateway,
        held,
        Harvest(lists=(ConnectionProgress(first, "reviews", "middle", "later", ids=(3,)),)),
        wanted=LISTS,
    )
    held = replace(held, step=begun.step)
    ended = commit_source(
        either_gateway,
        held,
        Harvest(
            lists=(
                ConnectionProgress(first, "reviews", "later", finished=True, ids=(4,), total=4),
                ConnectionProgress(second, "reviews", "middle", gone=True),
            )
        ),
        wanted=LISTS,
    )

    assert [
        (connection.number, connection.cursor, connection.expected)
        for connection in begun.work.lists
    ] == [
        (7, "later", 147),
        (9, "middle", 148),
    ]
    assert (begun.ended, ended.ended) == (0, 1)
    assert (ended.work.lists, ended.work.numbers) == ((), (9,)), "its number settles it"
    last = commit_source(
        either_gateway,
        replace(held, step=ended.step),
        Harvest(numbers=(Number(9, "gone"),)),
        wanted=LISTS,
    )
    assert not last.work
    assert database.value("select lease_expires_at from backfill_feeds") is None


def test_a_list_that_another_run_moved_meanwhile_stays_as_that_run_put_it(
    either_gateway: Gateway, database: Database
) -> None:
    with_lists(either_gateway, 7)
    held = claim_source(either_gateway, LISTS)
    (connection,) = held.work.lists
    database.rows("update backfill_continuations set cursor = 'elsewhere'")
    progress = ConnectionProgress(
        connection.pull_request_github_id, "reviews", "middle", "late", ids=(3,)
    )

    commit_source(either_gateway, held, Harvest(lists=(progress,)), wanted=LISTS)

    assert database.value("select cursor from backfill_continuations") == "elsewhere"


def test_sources_are_served_by_kind_then_priority_then_who_waited_longest(
    either_gateway: Gateway, database: Database
) -> None:
    for number, priority in enumerate(["low", "critical", "medium", "medium"]):
        row = repository(number + 1, f"octo/{number}-{priority}")
        either_gateway.track_repository(row, Priority(priority))
    database.rows("""
        insert into backfill_feeds (repository_id, feed, last_served_at)
        select id, 'pull_requests', now() from repositories where full_name = 'octo/2-medium'
    """)
    wanted = Wanted((SourceName.REVIEW_COMMENTS, SourceName.SYNC), forced=True)

    order = [claim_source(either_gateway, wanted) for _ in range(8)]

    assert [held.source for held in order] == [SourceName.REVIEW_COMMENTS] * 4 + [
        SourceName.SYNC
    ] * 4
    names = [held.repository.full_name for held in order[4:]]
    assert names == ["octo/1-critical", "octo/3-medium", "octo/2-medium", "octo/0-low"]


def test_a_claim_counts_the_other_sources_that_are_due(either_gateway: Gateway) -> None:
    for number in range(3):
        row = repository(number + 1, f"octo/{number}")
        either_gateway.track_repository(row, None)
    wanted = Wanted((SourceName.SYNC,))

    assert [claim_source(either_gateway, wanted).waiting for _ in range(3)] == [2, 1, 0]


def test_what_a_run_has_served_it_leaves_out(either_gateway: Gateway) -> None:
    repository_id = begin(either_gateway)

    no_source(either_gateway, exclude=((repository_id, SourceName.REVIEW_COMMENTS),))

    claim_source(either_gateway, exclude=((repository_id, SourceName.CONNECTIONS),))


def test_review_comments_wait_until_their_pull_requests_are_stored(either_gateway: Gateway) -> None:
    begin(either_gateway)
    wanted = replace(REVIEW_COMMENTS, forced=False)
    no_source(either_gateway, wanted)

    commit(either_gateway, claim(either_gateway), page(item(pull_request(1)), more=False))

    claim_source(either_gateway, wanted)


def test_a_page_size_is_remembered_for_each_source(either_gateway: Gateway) -> None:
    begin(either_gateway)
    commit_source(
        either_gateway,
        claim_source(either_gateway),
        harvest(),
        page_size=PagePlanner(25, 1, 50),
        lease_seconds=None,
    )

    assert claim_source(either_gateway).page_size == PagePlanner(25, 1, 50)
    other = claim_source(either_gateway, Wanted((SourceName.SYNC,), forced=True))
    assert other.page_size is None


def test_a_position_comes_back_as_it_was_left(either_gateway: Gateway) -> None:
    begin(either_gateway)
    stands = Position(
        BEGUN, target=BEGUN - timedelta(days=3), cursor="c", reason="because", since=BEGUN
    )
    commit_source(
        either_gateway, claim_source(either_gateway), harvest(), position=stands, lease_seconds=None
    )

    assert claim_source(either_gateway).position == stands


def test_a_dry_run_shows_the_same_and_takes_nothing(
    either_gateway: Gateway, database: Database
) -> None:
    with_lists(either_gateway, 7, 9)

    due, idle = either_gateway.peek_sources(ALL)

    assert [(turn.source, turn.lists) for turn in due] == [
        (SourceName.CONNECTIONS, 2),
        (SourceName.REVIEW_COMMENTS, 2),
    ]
    assert idle.tracked == 1
    assert database.value("select count(*) from backfill_feeds") == 0


def test_numbers_are_known_to_be_stored_or_not(either_gateway: Gateway) -> None:
    with_lists(either_gateway, 7)
    repository_id = claim_source(either_gateway).repository.repository_id

    missing = either_gateway.numbers_not_stored(repository_id, [3, 7, 5])

    assert missing == (5, 3)
    assert either_gateway.want_connections([3, 7], (), "x", full_name="octo/one") == (
        repository_id,
        (3,),
    )
