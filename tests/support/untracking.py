"""Rows of a repository in every table, for tests of what becomes of them."""

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.types import RepositoryId
from tests.support.databases import Database
from tests.support.pages import (
    begin,
    claim,
    comment,
    commit,
    item,
    page,
    pull_request,
    review,
)

HOLDING = """
    select distinct c.relname from pg_class c
    join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
      and a.attname in ('repository_id', 'pull_request_id', 'comment_id', 'job_id', 'alert_id')
      and c.relname <> 'backfill_interventions'
    order by 1
"""
EVERYTHING_ELSE = """
    insert into comments (github_id, pull_request_id, repository_id, body, created_at, updated_at,
      comment_type, position, path, in_reply_to_id)
    select 900 + n, p.id, p.repository_id, 'x', now(), now(), 'review_comment', 1, 'a.py',
      (select c.id from comments c where c.pull_request_id = p.id order by c.github_id limit 1)
    from pull_requests p, generate_series(1, 3) n
    where p.repository_id = %(id)s and p.number = (
      select min(q.number) from pull_requests q where q.repository_id = %(id)s);
    insert into backfill_replies (comment_id, repository_id, parent_github_id)
    select c.id, c.repository_id, 5 from comments c where c.github_id = 901;
    insert into backfill_deletions (pull_request_id, kind, github_id)
    select p.id, 'reviews', n from pull_requests p, generate_series(1, 2) n
    where p.repository_id = %(id)s;
    insert into backfill_doubts (repository_id, pull_request_id, kind, github_id)
    select p.repository_id, p.id, 'reviews', 3 from pull_requests p where p.repository_id = %(id)s;
    insert into backfill_continuations (pull_request_id, repository_id, connection)
    select p.id, p.repository_id, 'reviews' from pull_requests p where p.repository_id = %(id)s;
    insert into backfill_rejects (repository_id, kind, github_id, sqlstate, message, source)
    values (%(id)s, 'reviews', 5, '23502', 'x', '{}');
    insert into backfill_numbers (repository_id, number, meaning) values (%(id)s, 77, 'missing');
    insert into backfill_feeds (repository_id, feed, watermark)
    values (%(id)s, 'pull_requests', now());
    insert into backfill_freshness (repository_id, asked_at, newest_seen_at)
      values (%(id)s, '1969-01-01', '1969-01-01');
    insert into backfill_page_sizes (repository_id, query, page_size) values (%(id)s, 'lists', 7)
    on conflict do nothing;
    insert into progressive_capture_jobs (job_type, repository_id, processor_type)
    values ('historical_pr_sync', %(id)s, 'undecided');
    insert into backfill_jobs (job_id, repository_id, decision, reason, decided_at)
    select j.id, j.repository_id, 'github_actions', 'x', now() from progressive_capture_jobs j
    where j.repository_id = %(id)s;
    with made as (
      insert into backfill_alerts (repository_id, kind, title, fingerprint)
      values (%(id)s, 'failed', 'x', 'y') returning id)
    insert into backfill_tellings (alert_id, channel, state, fingerprint, serial, issue_number)
    select m.id, 'issues', 'open', 'y', 1, 12 from made m;
"""


def fill(
    gateway: Gateway, database: Database, github_id: int = 1, full_name: str = "octo/one"
) -> RepositoryId:
    """Track a repository and have a row or more of it in every table that can hold one."""
    repository_id = begin(gateway, github_id=github_id, full_name=full_name)
    first = github_id * 100
    made = [
        pull_request(number, reviews_total=3, comments_total=4)
        for number in range(first + 1, first + 6)
    ]
    items = [
        item(
            pull,
            reviews=[review(first * 1000 + 10 * n + i, pull) for i in range(3)],
            comments=[comment(first * 1000 + 10 * n + i, pull) for i in range(4)],
        )
        for n, pull in enumerate(made)
    ]
    held = claim(gateway, repository_id=repository_id)
    commit(gateway, held, page(*items, full_name=full_name), lease_seconds=None)
    statement = EVERYTHING_ELSE.replace("%(id)s", f"'{repository_id}'").replace(
        "900 +", f"{first * 1000 + 900} +"
    )
    database.rows(statement.replace("= 901", f"= {first * 1000 + 901}"))
    return repository_id


def rows_of(database: Database, repository_id: RepositoryId) -> dict[str, int]:
    """Count the rows of a repository in every table that holds some, by their own columns."""
    counts = database.value(
        "select backfill_count_deletion_v1(%s::uuid) -> 'counts'", repository_id
    )
    return dict(counts)
