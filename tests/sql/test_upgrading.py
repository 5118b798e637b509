"""A database that an earlier version filled is brought up to date without reading anything anew."""

from contributor_backfill.db.migrating import apply
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
