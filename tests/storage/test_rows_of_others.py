"""Rows that others wrote before: what hangs on a pull request goes to the row with GitHub's id."""

from typing import Any

import pytest

from contributor_backfill.db.gateway import Gateway
from tests.support.databases import Database, new_database
from tests.support.pages import begin, claim, comment, commit, item, page, pull_request, review
from tests.support.sources import claim_source, commit_source, harvest, review_comment

G1, G2 = 3_000_000_001, 3_000_000_002
STRANGE = 9_000_000_000
"""No pull request of GitHub's, and higher than any."""


@pytest.fixture(params=[None, "export", "migrated"])
def database(request: pytest.FixtureRequest, postgres: str) -> Database:
    return new_database(postgres, variant=request.param, migrated=True)


def write(database: Database, github_id: int, number: int) -> Any:
    return database.value(
        """
        insert into pull_requests (github_id, number, title, state, repository_id, head_branch,
          created_at, updated_at, repository_full_name)
        select %s, %s, 'Of others', 'open', id, 'x', '2024-01-01', '2024-01-01', full_name
        from repositories returning id
        """,
        github_id,
        number,
    )


def store(gateway: Gateway, *numbers: int) -> int:
    made = []
    for number in numbers:
        of = pull_request(number)
        made.append(item(of, reviews=[review(number, of)], comments=[comment(number, of)]))
    return commit(gateway, claim(gateway), page(*made), lease_seconds=None).rejected


@pytest.mark.parametrize("pages", [[(1, 2)], [(1,), (2,)], [(2,), (1,)]])
def test_swapped_ids_are_put_right_whatever_comes_first(
    pages: list[tuple[int, ...]], gateway: Gateway, database: Database
) -> None:
    begin(gateway)
    write(database, G2, 1)
    write(database, G1, 2)

    assert sum(store(gateway, *numbers) for numbers in pages) == 0

    rows = database.rows("select github_id, number, title from pull_requests order by number")
    assert [tuple(row.values()) for row in rows] == [(G1, 1, "Title 1"), (G2, 2, "Title 2")]
    assert database.value("select count(*) from backfill_rejects") == 0


def test_of_two_rows_of_one_number_the_captured_one_has_what_hangs_on_it(
    gateway: Gateway, database: Database
) -> None:
    unique = "alter table pull_requests drop constraint if exists pull_requests_repo_number_key"
    database.rows(unique)
    repository_id = begin(gateway)
    write(database, G1, 1)
    second = write(database, STRANGE, 1)
    store(gateway, 1)

    commit_source(gateway, claim_source(gateway), harvest(review_comment(70, 1)))

    on = database.rows("""
        select distinct p.github_id from comments c join pull_requests p on p.id = c.pull_request_id
    """)
    assert [row["github_id"] for row in on] == [G1]
    drift = database.rows(
        "select number, reason from backfill_find_drift_v1(%s) where kind = 'pull_requests'",
        repository_id,
    )
    (named,) = [row for row in drift if str(second) in row["reason"]]
    assert named["number"] is None
    assert f"number 1 with GitHub's id {STRANGE}" in named["reason"]


def test_where_nobody_knows_which_row_it_is_a_comment_waits_for_the_capture(
    gateway: Gateway, database: Database
) -> None:
    database.rows(
        "alter table pull_requests drop constraint if exists pull_requests_repo_number_key"
    )
    begin(gateway)
    write(database, G1, 1)
    write(database, STRANGE, 1)

    made = harvest(review_comment(70, 1))
    assert commit_source(gateway, claim_source(gateway), made).rejected == 1
