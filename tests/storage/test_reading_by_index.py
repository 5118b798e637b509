"""A page costs the same whatever is stored: rows are found by index, in a table of any size."""

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.harvest import ConnectionProgress, Harvest
from contributor_backfill.domain.records import Account, Captured
from contributor_backfill.domain.sources import SourceName, Wanted
from tests.support.databases import Database
from tests.support.pages import (
    ADA,
    begin,
    claim,
    comment,
    commit,
    item,
    page,
    pull_request,
    review,
)
from tests.support.sources import claim_source, commit_source, harvest, review_comment

STORED = 5_000
TABLES = (
    "pull_requests",
    "contributors",
    "reviews",
    "comments",
    "backfill_chunks",
    "backfill_pull_requests",
    "backfill_rejects",
    "backfill_continuations",
    "backfill_deletions",
    "backfill_replies",
)
FILL = f"""
    insert into contributors (github_id, username)
    select n, 'user-' || n from generate_series(2, {STORED}) n;
    insert into pull_requests (github_id, number, title, state, repository_id, author_id,
      head_branch, created_at, updated_at, repository_full_name)
    select 3000000000 + n, n, 'Title', 'open', r.id, c.id, 'topic',
      timestamptz '2015-01-01' + n * interval '1 hour', now(), r.full_name
    from repositories r, generate_series(1000, {STORED}) n
    join contributors c on c.github_id = n;
    insert into backfill_chunks (repository_id, backfill_state_id, chunk_number, status,
      started_at, completed_at)
    select s.repository_id, s.id, n, 'completed', now(), now()
    from progressive_backfill_state s, generate_series(1, {STORED}) n;
    insert into backfill_pull_requests
      (pull_request_id, repository_id, number, node_id, source_updated_at)
    select id, repository_id, number, 'PR', '2025-01-01' from pull_requests;
    insert into reviews (github_id, pull_request_id, author_id, repository_id, state, submitted_at)
    select number, id, author_id, repository_id, 'APPROVED', now() from pull_requests;
    insert into comments (github_id, pull_request_id, commenter_id, repository_id, body,
      created_at, updated_at, comment_type)
    select number, id, author_id, repository_id, 'x', now(), now(), 'issue_comment'
    from pull_requests;
    insert into comments (github_id, pull_request_id, commenter_id, repository_id, body,
      created_at, updated_at, comment_type)
    select 100000 + number, id, author_id, repository_id, 'x', '2025-01-01', '2025-01-01',
      'review_comment'
    from pull_requests;
    insert into backfill_continuations (pull_request_id, repository_id, connection, cursor)
    select id, repository_id, 'reviews', 'middle' from pull_requests;
    insert into backfill_deletions (pull_request_id, kind, github_id)
    select id, kind, number from pull_requests, unnest(array['reviews', 'comments']) kind;
    insert into backfill_replies (comment_id, repository_id, parent_github_id)
    select id, repository_id, 200000 + github_id from comments
    where comment_type = 'review_comment';
    insert into backfill_rejects (repository_id, kind, github_id, sqlstate, message, source)
    select repository_id, kind, github_id, '22001', 'Clipped', '{{}}'
    from pull_requests, unnest(array['contributors', 'pull_requests', 'reviews', 'comments']) kind;
"""
READ_WHOLE = """
    select relname, seq_scan, coalesce(idx_tup_fetch, 0) as fetched from pg_stat_user_tables
    where relname = any(%s) order by relname
"""


@pytest.mark.parametrize("analyzed", [False, True], ids=["no statistics yet", "with statistics"])
def test_a_commit_reads_no_table_whole(
    analyzed: bool, gateway: Gateway, database: Database
) -> None:
    begin(gateway)
    database.rows(FILL)
    if analyzed:
        database.rows("analyze")
    held = claim(gateway)
    made = page(*(_item(number) for number in range(STORED - 15, STORED + 14)))
    before = _counters(gateway, database)

    # It goes on, so that the next chunk is opened too.
    commit(gateway, held, made, lease_seconds=60)

    for table, (scans, fetched) in _counters(gateway, database).items():
        assert scans == before[table][0], f"{table} was read from end to end"
        assert fetched - before[table][1] < STORED / 4, f"{table} was walked along an index"


@pytest.mark.parametrize("analyzed", [False, True], ids=["no statistics yet", "with statistics"])
@pytest.mark.parametrize("feed", [SourceName.CONNECTIONS, SourceName.REVIEW_COMMENTS])
def test_a_step_of_a_source_reads_no_table_whole(
    feed: SourceName, analyzed: bool, gateway: Gateway, database: Database
) -> None:
    begin(gateway)
    database.rows(FILL)
    if analyzed:
        database.rows("analyze")
    held = claim_source(gateway, Wanted((feed,), forced=True))
    numbers = range(STORED - 50, STORED)
    made = _lists(numbers) if feed is SourceName.CONNECTIONS else _inline(numbers)
    before = _counters(gateway, database)

    commit_source(gateway, held, made, lease_seconds=None)

    for table, (scans, fetched) in _counters(gateway, database).items():
        assert scans == before[table][0], f"{table} was read from end to end"
        assert fetched - before[table][1] < STORED / 4, f"{table} was walked along an index"


def test_a_claim_finds_the_latest_pull_requests_without_sorting_them_all(
    gateway: Gateway, database: Database
) -> None:
    begin(gateway)
    database.rows(FILL)
    database.rows("analyze pull_requests")

    plan = "\n".join(
        row["QUERY PLAN"]
        for row in database.rows("""
            explain select avg(recent.changed_files) from (
              select p.changed_files from pull_requests p
              where p.repository_id = (select id from repositories limit 1)
              order by p.number desc limit 100) recent
        """)
    )

    assert "Index Scan Backward" in plan
    assert "Sort" not in plan


def _item(number: int) -> Captured:
    author = Account(number, f"user-{number}", "User")
    of = pull_request(number, author)
    reviews, comments = [review(number, of, author)], [comment(number, of, author)]
    return item(of, author, reviews=reviews, comments=comments)


def _lists(numbers: range) -> Harvest:
    """Fifty lists, half of them at their end, with a new review each."""
    of = {number: pull_request(number) for number in numbers}
    progress = (
        ConnectionProgress(
            of[n].github_id, "reviews", "middle", "later", n % 2 == 0, ids=(n, 90_000 + n), total=2
        )
        for n in numbers
    )
    reviews = tuple(review(90_000 + n, of[n]) for n in numbers)
    return Harvest(accounts=(ADA,), items=reviews, lists=tuple(progress))


def _inline(numbers: range) -> Harvest:
    """New comments, and replies to those that are stored already."""
    new = (review_comment(300_000 + n, n, in_reply_to_github_id=100_000 + n) for n in numbers)
    known = (review_comment(100_000 + n, n) for n in numbers)
    return harvest(*new, *known)


def _counters(gateway: Gateway, database: Database) -> dict[str, tuple[int, int]]:
    gateway.transport.close()
    database.gather_statistics()
    rows = database.rows(READ_WHOLE, list(TABLES))
    return {row["relname"]: (row["seq_scan"], row["fetched"]) for row in rows}
