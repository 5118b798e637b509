"""Names follow everywhere, in bounded pieces; former names still lead to a repository."""

from typing import Any

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.errors import NotFound
from contributor_backfill.domain.records import Account
from tests.support.databases import Database, new_database
from tests.support.pages import begin, claim, commit, item, page, pull_request, repository

FILL = """
    insert into pull_requests (github_id, number, title, state, repository_id, author_id,
      head_branch, created_at, updated_at, repository_full_name, author_login, html_url, diff_url,
      patch_url)
    select 5000000000 + n, 10000 + n, 'Title', 'open', r.id, c.id, 'topic', now(), now(),
      r.full_name, c.username, a.url, a.url || '.diff', a.url || '.patch'
    from repositories r, contributors c, generate_series(1, %s) n,
      lateral (select 'https://github.com/' || r.full_name || '/pull/' || 10000 + n as url) a
    where r.github_id = 1 and c.github_id = 1
"""


@pytest.fixture(params=[None, "export", "migrated"])
def database(request: pytest.FixtureRequest, postgres: str) -> Database:
    return new_database(postgres, variant=request.param, migrated=True)


def store(gateway: Gateway, *items: Any, full_name: str = "octo/one") -> None:
    commit(gateway, claim(gateway), page(*items, full_name=full_name), lease_seconds=None)


def follow(gateway: Gateway) -> int:
    calls = 0
    while gateway.follow_renames():
        calls += 1
    return calls


def test_the_copies_of_a_login_follow_in_pieces(gateway: Gateway, database: Database) -> None:
    begin(gateway)
    store(gateway, item(pull_request(1)))
    database.rows(FILL, 1_200)
    renamed = Account(1, "ada-anew", "User", "Ada")

    store(gateway, item(pull_request(2, renamed), renamed))

    old = "select count(*) from pull_requests where author_login = 'ada'"
    assert database.value(old) == 1_201 - 200, "a commit writes a bounded number of them"
    assert follow(gateway) == 5
    assert database.value("select count(*) from pull_requests where author_login = 'ada-anew'") == (
        1_202
    )
    assert database.value("select count(*) from backfill_renames") == 0


def test_logins_that_were_swapped_or_renamed_twice_follow(
    gateway: Gateway, database: Database
) -> None:
    begin(gateway)
    ada, bob = Account(1, "ada", "User"), Account(2, "bob", "User")
    store(gateway, item(pull_request(1, ada), ada), item(pull_request(2, bob), bob))

    ada, bob = Account(1, "bob", "User"), Account(2, "ada", "User")
    store(gateway, item(pull_request(3, ada), ada))
    store(gateway, item(pull_request(4, bob), bob))
    last = Account(1, "cleo", "User")
    store(gateway, item(pull_request(5, last), last))
    follow(gateway)

    rows = database.rows("""
        select p.number, c.username, p.author_login from pull_requests p
        join contributors c on c.id = p.author_id order by 1
    """)
    assert [tuple(row.values()) for row in rows] == [
        (1, "cleo", "cleo"),
        (2, "ada", "ada"),
        (3, "cleo", "cleo"),
        (4, "ada", "ada"),
        (5, "cleo", "cleo"),
    ]


def test_every_copy_of_a_repositorys_name_follows(gateway: Gateway, database: Database) -> None:
    begin(gateway)
    store(gateway, item(pull_request(1)))
    database.rows(FILL, 700)

    store(gateway, full_name="acme/two")
    follow(gateway)

    assert names(database, 1) == [
        ("acme/two", "acme/two/pull", "acme/two/pull/.diff", "acme/two/pull/.patch")
    ]
    listed = database.rows("select organization_name, repository_name from tracked_repositories")
    assert listed == [{"organization_name": "acme", "repository_name": "two"}]


def test_a_former_name_leads_to_the_repository_and_to_its_new_name(
    gateway: Gateway, database: Database
) -> None:
    begin(gateway)
    store(gateway, full_name="octo/two")
    store(gateway, full_name="octo/three")

    for name in ("octo/one", "Octo/Two", "octo/three"):
        (line,) = gateway.read_status(full_name=name)
        assert line.full_name == "octo/three"

    assert database.value("select backfill_renamed_to_v1('octo/ONE')") == "octo/three"
    assert database.value("select backfill_renamed_to_v1('octo/three')") is None
    with pytest.raises(NotFound):
        gateway.read_status(full_name="octo/never")


def test_a_name_that_a_new_repository_has_is_that_repositorys(
    gateway: Gateway, database: Database
) -> None:
    begin(gateway)
    store(gateway, item(pull_request(1)))
    store(gateway, full_name="octo/two")

    gateway.track_repository(repository(2, "octo/one"), None)
    follow(gateway)

    assert database.value("select backfill_renamed_to_v1('octo/one')") is None
    (line,) = gateway.read_status(full_name="octo/one")
    assert line.full_name == "octo/one"
    assert names(database, 1)[0][0] == "octo/two"
    listed = database.rows("""
        select r.github_id, t.organization_name || '/' || t.repository_name as name
        from tracked_repositories t join repositories r on r.id = t.repository_id order by 1
    """)
    assert [tuple(row.values()) for row in listed] == [(1, "octo/two"), (2, "octo/one")]


def test_repositories_that_swapped_their_names_are_told_apart(
    gateway: Gateway, database: Database
) -> None:
    one = begin(gateway)
    store(gateway, item(pull_request(1)))
    begin(gateway, github_id=2, full_name="octo/two")
    database.rows(FILL.replace("r.github_id = 1", "r.github_id = 2"), 3)

    gateway.track_repository(repository(1, "octo/two"), None)
    gateway.track_repository(repository(2, "octo/one"), None)
    follow(gateway)

    assert {name for name, *_ in names(database, 1)} == {"octo/two"}
    assert {name for name, *_ in names(database, 2)} == {"octo/one"}
    assert gateway.track_repository(repository(1, "octo/two"), None).repository_id == one


def names(database: Database, github_id: int) -> list[tuple[Any, ...]]:
    rows = database.rows(
        """
        select distinct p.repository_full_name,
          regexp_replace(p.html_url, '^https://github.com/|/\\d+$', '', 'g') as html,
          regexp_replace(p.diff_url, '^https://github.com/|\\d+', '', 'g') as diff,
          regexp_replace(p.patch_url, '^https://github.com/|\\d+', '', 'g') as patch
        from pull_requests p join repositories r on r.id = p.repository_id
        where r.github_id = %s
        """,
        github_id,
    )
    return [tuple(row.values()) for row in rows]


def test_one_index_serves_each_purpose(database: Database) -> None:
    indexed = database.rows("""
        select array_agg(a.attname order by k.place) as columns, count(*) as many
        from pg_index i
        cross join lateral unnest(i.indkey::int2[]) with ordinality k (attnum, place)
        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
        where i.indrelid = 'pull_requests'::regclass and i.indpred is null
        group by i.indexrelid
    """)
    columns = [tuple(row["columns"]) for row in indexed]

    assert columns.count(("repository_id", "number")) == 1
    assert [c[0] for c in columns].count("author_id") >= 1


def test_no_function_of_ours_is_compiled_for_each_call(database: Database) -> None:
    """With scans of whole tables forbidden a plan looks dear, and compiling it takes 0.2 s."""
    compiled = database.rows(r"""
        select p.proname from pg_proc p
        where p.proname ~ '^backfill_\w+_v\d+$' and (p.proconfig @> array['jit=off']) is not true
    """)

    assert compiled == []
