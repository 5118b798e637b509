"""A repository keeps texts as chosen, and remembers the estimate of its capture."""

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.errors import NotFound
from contributor_backfill.domain.estimate import RequestPace
from contributor_backfill.domain.storage import Keep, Storage, Wish, Wishes
from contributor_backfill.domain.types import RepositoryId
from tests.support.databases import Database
from tests.support.pages import begin, claim, commit, item, page, pull_request

NOBODY = RepositoryId("00000000-0000-0000-0000-000000000000")


def test_a_setting_stays_until_another_is_given(
    either_gateway: Gateway, database: Database
) -> None:
    repository_id = begin(either_gateway)

    for wish in (Wish(Keep(0), Keep(500)), Wish(), Wish(bodies=Keep())):
        either_gateway.set_storage(repository_id, wish)

    (row,) = database.rows("select bodies, diff_hunks from backfill_repositories")
    assert row == {"bodies": "full", "diff_hunks": "truncate:500"}
    assert claim(either_gateway).repository.storage == Storage(Keep(), Keep(500))


def test_a_repository_that_is_not_tracked_has_no_settings(either_gateway: Gateway) -> None:
    with pytest.raises(NotFound, match="not tracked"):
        either_gateway.set_storage(NOBODY, Wish(Keep(0)))


def test_of_an_unknown_repository_nothing_is_known(either_gateway: Gateway) -> None:
    either_gateway.wishes = Wishes(configured=Wish(Keep(0)))

    assert either_gateway.read_pace("nobody/knows") == (RequestPace(), Storage(Keep(0)))
    assert not either_gateway.store_estimate("nobody/knows", {"points": 1})


def test_the_pace_is_that_of_the_repositorys_own_chunks(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)
    begin(either_gateway, github_id=2, full_name="octo/two")
    commit(either_gateway, claim(either_gateway), page(item(pull_request(1))))
    database.rows(
        "update backfill_chunks set fetch_milliseconds = 2500 where completed_at > '-infinity'"
    )
    database.rows("""
        insert into backfill_feeds (repository_id, feed, milliseconds, requests)
        select id, 'review_comments', 900, 3 from repositories
    """)
    measured = {name: either_gateway.read_pace(name)[0] for name in ("Octo/One", "octo/two")}

    assert {p.page_seconds for p in measured.values()} == {2.5, None}
    assert {p.request_seconds for p in measured.values()} == {0.3}


def test_an_estimate_is_kept_with_its_time_and_replaced_by_the_next(
    either_gateway: Gateway, database: Database
) -> None:
    begin(either_gateway)

    assert either_gateway.store_estimate("OCTO/one", {"points": 1, "old": True})
    assert either_gateway.store_estimate("octo/one", {"points": 2})

    stored = database.value("select estimate from backfill_repositories")
    assert stored["points"] == 2
    assert stored.keys() == {"points", "estimated_at"}
