"""A database that an earlier version filled is brought up to date without reading anything anew."""

from contributor_backfill.db.migrate import apply
from tests.support.databases import Database, new_database

CAPTURED_BEFORE = """
    insert into repositories (github_id, full_name, owner, name) values (1, 'o/r', 'o', 'r');
    insert into contributors (github_id, username) values (1, 'ada');
    insert into pull_requests (github_id, number, title, state, repository_id, head_branch,
      created_at, updated_at, repository_full_name)
    select 1, 1, 'Title', 'open', id, 'topic', now(), now(), 'o/r' from repositories;
    insert into reviews (github_id, pull_request_id, author_id, repository_id, state, submitted_at)
    select n, p.id, c.id, p.repository_id, 'APPROVED', now()
    from pull_requests p, contributors c, generate_series(1, 3) n;
    insert into comments (github_id, pull_request_id, repository_id, body, created_at, updated_at,
      comment_type)
    select n, p.id, p.repository_id, 'x', now(), now(), 'issue_comment'
    from pull_requests p, generate_series(1, 2) n;
    insert into backfill_pull_requests (pull_request_id, repository_id, number, node_id,
      source_updated_at, reviews_total, comments_total, all_comments_total)
    select id, repository_id, 1, 'PR_1', now(), 3, 2, 5 from pull_requests;
    delete from backfill_migrations where name like '0003%';
"""


def test_what_an_earlier_version_captured_is_counted_by_the_migration(postgres: str) -> None:
    database: Database = new_database(postgres, migrated=True)
    database.rows(CAPTURED_BEFORE)

    apply(database.conninfo)

    (counted,) = database.rows("""
        select reviews_stored, comments_stored, review_comments_stored, review_comments_total
        from backfill_pull_requests
    """)
    assert counted == {
        "reviews_stored": 3,
        "comments_stored": 2,
        "review_comments_stored": 0,
        "review_comments_total": 3,
    }


RECORDED_BEFORE = """
    drop table backfill_budget;
    drop trigger backfill_forget_run_day on backfill_runs;
    alter table backfill_runs drop column bytes, drop column workflow_is_private;
    insert into backfill_runs (id, command, holder, started_at, outcome, points, billed_minutes)
    values (gen_random_uuid(), 'recover', 'host/1', '2026-03-02Z', 'done', 7, 3);
    delete from backfill_migrations where name like '0007%';
"""


def test_the_runs_of_an_earlier_version_count_into_their_month(postgres: str) -> None:
    database: Database = new_database(postgres, migrated=True)
    database.rows(RECORDED_BEFORE)

    apply(database.conninfo)

    usage = database.value("select backfill_usage_v1('2026-03-01Z', '2026-04-01Z')")
    (command,) = usage["commands"]
    assert (command["billed_minutes"], command["points"], command["bytes"]) == (3, 7, 0)
    assert usage["visibility"] == {"private": 0, "public": 0, "unknown": 3}


CHUNKS_BEFORE = """
    drop table backfill_days;
    insert into repositories (github_id, full_name, owner, name) values (1, 'o/r', 'o', 'r');
    insert into progressive_backfill_state (repository_id, total_prs)
    select id, 9 from repositories;
    insert into backfill_chunks (repository_id, backfill_state_id, chunk_number, status, pr_numbers,
      started_at, completed_at, points, api_calls_made, fetch_milliseconds)
    select s.repository_id, s.id, n, case when n = 4 then 'failed' else 'completed' end,
      case when n < 4 then array[n, n + 10] end, at, at, case when n < 4 then 1 end, 1,
      case when n < 4 then 10 end
    from progressive_backfill_state s, generate_series(1, 4) n,
      lateral (select timestamptz '2026-03-01 21:00Z' + n * interval '1 hour') t (at);
    delete from backfill_migrations where name like '0005%';
"""


def test_the_chunks_of_an_earlier_version_count_into_their_days_once(postgres: str) -> None:
    database: Database = new_database(postgres, migrated=True)
    database.rows(CHUNKS_BEFORE)

    for _ in range(2):
        database.rows("delete from backfill_migrations where name like '0005%'")
        apply(database.conninfo)

    days = database.rows("""
        select day::text, source, chunks, pull_requests, points, requests, milliseconds
        from backfill_days order by day
    """)
    assert [tuple(day.values()) for day in days] == [
        ("2026-03-01", "backfill", 2, 4, 2, 2, 20),
        ("2026-03-02", "backfill", 1, 2, 1, 2, 10),
    ]
