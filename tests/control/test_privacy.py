"""Grants and policies tell who can read the stored rows of a private repository."""

from typing import Any

import psycopg
import pytest

from tests.support.databases import Database, new_database
from tests.support.problems import Scene

READERS = "select * from backfill_find_readers_v1()"
GRANT = "grant usage on schema public to anon; grant select on pull_requests to anon;"
SHOWN = "grant select on repositories to anon; create policy shown on repositories for select "
POLICY = "create policy shown on pull_requests for select to anon using (true);"


@pytest.fixture
def own(postgres: str) -> Database:
    return new_database(postgres, migrated=True)


def readers(database: Database) -> set[tuple[str, str]]:
    return {(row["relation"], row["role"]) for row in database.rows(READERS)}


def test_a_database_of_our_own_is_read_by_nobody_else(own: Database) -> None:
    assert readers(own) == set()


ANON_READS = {("pull_requests", "anon")}
BOTH_READ = {("pull_requests", "anon"), ("pull_requests", "authenticated")}


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (GRANT + POLICY, ANON_READS),
        (POLICY, set()),
        (GRANT, set()),
        (GRANT + "alter table pull_requests disable row level security", ANON_READS),
        (GRANT + POLICY + "revoke usage on schema public from public, anon", set()),
        (GRANT + POLICY.replace("to anon", "to service_role"), set()),
        (GRANT + POLICY.replace("for select", "for all"), ANON_READS),
        (GRANT + POLICY.replace("for select", "for insert").replace("using", "with check"), set()),
        (GRANT + POLICY.replace("true", "false"), set()),
        (GRANT + POLICY.replace("true", "number > 5"), ANON_READS),
        (GRANT + POLICY + "create policy no on pull_requests as restrictive using (false)", set()),
        (
            GRANT + POLICY + "create policy no on pull_requests as restrictive using (number > 5)",
            ANON_READS,
        ),
        (
            "grant usage on schema public to anon; grant select (title) on pull_requests to anon;"
            + POLICY,
            ANON_READS,
        ),
        (
            (
                "grant usage on schema public to public; grant select on pull_requests to public;"
                "create policy shown on pull_requests using (true)"
            ),
            BOTH_READ,
        ),
        (
            "grant select on repositories to anon;"
            + SHOWN
            + "using (not coalesce(is_private, false))",
            set(),
        ),
        (
            SHOWN + "using (is_private is not true)",
            set(),
        ),
        (
            "grant select on repositories to anon;"
            + SHOWN
            + "using (not is_private or id is not null)",
            {("repositories", "anon")},
        ),
        ("grant select on backfill_rejects to anon", set()),
        (
            (
                "grant select on backfill_rejects to anon;"
                "alter table backfill_rejects disable row level security"
            ),
            {("backfill_rejects", "anon")},
        ),
        (
            "create view seen as select id from pull_requests; grant select on seen to anon",
            {("seen", "anon")},
        ),
        (
            (
                "create view seen with (security_invoker = true) as select id from pull_requests;"
                "grant select on seen to anon"
            ),
            set(),
        ),
        (
            (
                "create view inner_one as select id from pull_requests;"
                "create view outer_one as table inner_one; grant select on outer_one to anon"
            ),
            {("outer_one", "anon")},
        ),
        (
            (
                "create materialized view seen as select id from pull_requests;"
                "grant select on seen to authenticated"
            ),
            {("seen", "authenticated")},
        ),
        (
            "create view seen as select username from contributors; grant select on seen to anon",
            set(),
        ),
    ],
)
def test_who_reads_is_told_by_grants_and_policies(
    own: Database, statements: str, found: set[tuple[str, str]]
) -> None:
    own.rows(statements)

    assert readers(own) == found


@pytest.mark.parametrize("variant", ["export", "migrated"])
def test_on_production_everybody_reads_pull_requests_but_no_row_of_a_private_repository_itself(
    postgres: str, variant: str
) -> None:
    database = new_database(postgres, variant=variant, migrated=True)

    found = readers(database)

    assert {("pull_requests", "anon"), ("reviews", "anon"), ("comments", "anon")} <= found
    assert not {("repositories", "anon"), ("backfill_chunks", "authenticated")} & found


def test_what_is_found_is_what_a_visitor_sees(own: Database) -> None:
    """The rule against Postgres itself: a row of a private repository, and a look at it as anon."""
    own.rows("""
        insert into repositories (github_id, full_name, owner, name, is_private)
        values (1, 'o/r', 'o', 'r', true);
        grant usage on schema public to anon;
        grant select on repositories to anon
    """)
    for condition, is_seen in [
        ("is_private = false", False),
        ("is_private", True),
        ("not (is_private)", False),
        ("coalesce(is_private, false) = false", False),
        ("is_private or true", True),
    ]:
        own.rows(f"""
            drop policy if exists shown on repositories;
            create policy shown on repositories for select to anon using ({condition})
        """)
        with psycopg.connect(own.conninfo) as visitor:
            visitor.execute("set role anon")
            seen = visitor.execute("select count(*) from repositories").fetchone()

        assert seen == (int(is_seen),), condition
        assert (("repositories", "anon") in readers(own)) == is_seen, condition


def kinds(database: Database) -> list[dict[str, Any]]:
    problems = database.value("select backfill_find_problems_v1() -> 'problems'")
    return [problem for problem in problems if problem["kind"] == "published"]


def test_a_repository_that_becomes_private_is_a_problem_unless_that_is_meant(own: Database) -> None:
    scene = Scene(own)
    repository_id = scene.repository()
    own.rows(GRANT + POLICY)
    public = kinds(own)
    own.rows("update repositories set is_private = true")
    private = kinds(own)
    own.rows("update backfill_repositories set may_be_published = true")
    meant = kinds(own)
    own.rows("update backfill_repositories set may_be_published = false")
    own.rows("revoke select on pull_requests from anon")

    assert (public, meant, kinds(own)) == ([], [], [])
    (trouble,) = private
    assert (trouble["repository_id"], trouble["severity"]) == (repository_id, "error")
    assert trouble["detail"] == {"roles": ["anon"], "relations": ["pull_requests"]}
