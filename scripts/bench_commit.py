"""What committing a page costs the server, beside the least that storing its rows costs at all.

The least is one insert a table, with the same rows, totals and indexes, in one function. Both get
the same pages of pull requests, and then of review comments, in turn, each in a database of its
own. Only the CPU time of the session's own process counts, which a busy machine changes less than
the time it takes.
"""

import json
import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.domain.harvest import Batch, Harvest
from contributor_backfill.domain.records import (
    Account,
    Captured,
    Comment,
    PullRequest,
    Review,
    ReviewComment,
)
from contributor_backfill.domain.sources import Claim, SourceName, Wanted
from tests.support.databases import Database, new_database, server_in_memory

SIZE = 29
"""Pull requests on a page, with three reviews and three comments each."""
REVIEW_COMMENTS_A_PAGE = 100
"""Review comments on a page."""
REVIEW_COMMENTS_EACH = 2.3
"""Review comments a pull request, as the other benches have them."""
WARM = 10
"""Commits before the measured ones: a session's first calls plan every statement."""
LEAST = """
create function public.bench_least(p_repository uuid, p_page jsonb) returns void
language plpgsql set search_path = public, pg_temp
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan as $$
declare
  merged_state text := public.backfill_found_schema_v1() ->> 'merged_state';
begin
  insert into contributors
    (github_id, username, display_name, avatar_url, profile_url, is_bot, github_created_at)
  select n.github_id, n.username, n.display_name, n.avatar_url, n.profile_url, n.is_bot,
    n.github_created_at
  from jsonb_to_recordset(p_page -> 'contributors') as n (github_id bigint, username text,
    display_name text, avatar_url text, profile_url text, is_bot boolean,
    github_created_at timestamptz)
  on conflict (github_id) do nothing;

  insert into pull_requests (github_id, number, title, body, state, repository_id, author_id,
    base_branch, head_branch, draft, merged, merged_by_id, created_at, updated_at, merged_at,
    closed_at, additions, deletions, changed_files, commits, html_url, diff_url, patch_url,
    base_ref, head_ref, repository_full_name, author_login, author_github_id,
    repository_github_id, last_synced_at)
  select n.github_id, n.number, n.title, n.body,
    case n.state when 'merged' then merged_state else n.state end, r.id, a.id,
    n.base_branch, n.head_branch, n.draft, n.merged, m.id, n.created_at, n.updated_at,
    n.merged_at, n.closed_at,
    n.additions, n.deletions, n.changed_files, n.commits, n.html_url, n.html_url || '.diff',
    n.html_url || '.patch', n.base_branch, n.head_branch, r.full_name, n.author_login,
    n.author_github_id, r.github_id, now()
  from jsonb_to_recordset(p_page -> 'pull_requests') as n (github_id bigint, number int, title text,
    body text, state text, draft boolean, merged boolean, html_url text, base_branch text,
    head_branch text, created_at timestamptz, updated_at timestamptz, merged_at timestamptz,
    closed_at timestamptz, additions int, deletions int, changed_files int, commits int,
    author_github_id bigint, author_login text, merged_by_github_id bigint)
  join repositories r on r.id = p_repository
  left join contributors a on a.github_id = n.author_github_id
  left join contributors m on m.github_id = n.merged_by_github_id;

  insert into reviews (github_id, pull_request_id, reviewer_id, author_id, repository_id, state,
    body, submitted_at, commit_id)
  select n.github_id, p.id, a.id, a.id, p_repository, n.state, n.body, n.submitted_at, n.commit_id
  from jsonb_to_recordset(p_page -> 'reviews') as n (github_id bigint,
    pull_request_github_id bigint, author_github_id bigint, state text, body text,
    submitted_at timestamptz, commit_id text)
  left join pull_requests p on p.github_id = n.pull_request_github_id
  left join contributors a on a.github_id = n.author_github_id;

  insert into comments (github_id, pull_request_id, commenter_id, repository_id, body,
    created_at, updated_at, comment_type)
  select n.github_id, p.id, a.id, p_repository, n.body, n.created_at, n.updated_at, 'issue_comment'
  from jsonb_to_recordset(p_page -> 'comments') as n (github_id bigint,
    pull_request_github_id bigint, author_github_id bigint, body text, created_at timestamptz,
    updated_at timestamptz)
  left join pull_requests p on p.github_id = n.pull_request_github_id
  left join contributors a on a.github_id = n.author_github_id;

  insert into backfill_pull_requests (pull_request_id, repository_id, number, node_id,
    source_updated_at, reviews_total, comments_total, all_comments_total, review_comments_total,
    assignees_total, labels_total, reviews_stored, comments_stored, review_comments_stored)
  select p.id, p_repository, n.number, n.node_id, n.updated_at, n.reviews_total, n.comments_total,
    n.all_comments_total, n.all_comments_total - n.comments_total, n.assignees_total,
    n.labels_total, (select count(*) from reviews r where r.pull_request_id = p.id),
    (select count(*) from comments c where c.pull_request_id = p.id), 0
  from jsonb_to_recordset(p_page -> 'pull_requests') as n (github_id bigint, number int,
    node_id text, updated_at timestamptz, reviews_total int, comments_total int,
    all_comments_total int, assignees_total int, labels_total int)
  join pull_requests p on p.github_id = n.github_id;

  insert into backfill_chunks (repository_id, backfill_state_id, chunk_number, status, pr_numbers)
  select p_repository, s.id, 1000 + (p_page #>> '{pull_requests,0,number}')::int, 'completed',
    array(select (n ->> 'number')::int from jsonb_array_elements(p_page -> 'pull_requests') n)
  from progressive_backfill_state s where s.repository_id = p_repository;
end
$$
"""
LEAST_FEED = """
create function public.bench_least_review_comments(p_repository uuid, p_page jsonb) returns void
language plpgsql set search_path = public, pg_temp
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan as $$
begin
  insert into contributors (github_id, username, display_name, avatar_url, profile_url, is_bot)
  select n.github_id, n.username, n.display_name, n.avatar_url, n.profile_url, n.is_bot
  from jsonb_to_recordset(p_page -> 'contributors') as n (github_id bigint, username text,
    display_name text, avatar_url text, profile_url text, is_bot boolean)
  on conflict (github_id) do nothing;

  insert into comments (github_id, pull_request_id, commenter_id, repository_id, body, created_at,
    updated_at, comment_type, position, original_position, diff_hunk, path, commit_id,
    original_commit_id, in_reply_to_id)
  select n.github_id, (
      select p.id from pull_requests p
      where p.repository_id = p_repository and p.number = n.pull_request_number),
    a.id, p_repository, n.body, n.created_at, n.updated_at, 'review_comment', n.position,
    n.original_position, n.diff_hunk, n.path, n.commit_id, n.original_commit_id, o.id
  from jsonb_to_recordset(p_page -> 'review_comments') as n (github_id bigint,
    pull_request_number int, author_github_id bigint, body text, created_at timestamptz,
    updated_at timestamptz, position int, original_position int, diff_hunk text, path text,
    commit_id text, original_commit_id text, in_reply_to_github_id bigint)
  left join contributors a on a.github_id = n.author_github_id
  left join comments o on o.github_id = n.in_reply_to_github_id;

  update backfill_pull_requests b
  set review_comments_stored = n.many
  from (
    select c.pull_request_id, count(*) as many from comments c
    where c.comment_type = 'review_comment' and c.pull_request_id = any (array(
      select (select p.id from pull_requests p
        where p.repository_id = p_repository and p.number = n.number)
      from (select distinct (n ->> 'pull_request_number')::int as number
        from jsonb_array_elements(p_page -> 'review_comments') n) n))
    group by c.pull_request_id) n
  where b.pull_request_id = n.pull_request_id;

  update backfill_feeds f set step = f.step + 1
  where f.repository_id = p_repository and f.feed = 'review_comments';
end
$$
"""
COMPARED = (
    "select github_id, username, display_name, avatar_url, profile_url, is_bot from contributors",
    """select github_id, number, title, body, state, author_github_id, author_login, base_branch,
      head_branch, merged, created_at, updated_at, closed_at, merged_at, additions, html_url,
      diff_url, patch_url, repository_full_name, author_id is null as nameless
    from pull_requests""",
    """select github_id, state, body, submitted_at, commit_id, author_id is null as nameless,
      pull_request_id is null as loose
    from reviews""",
    """select github_id, body, created_at, updated_at, comment_type, position, original_position,
      diff_hunk, path, commit_id, original_commit_id, commenter_id is null as nameless,
      (select p.number from pull_requests p where p.id = c.pull_request_id) as hangs_on,
      (select o.github_id from comments o where o.id = c.in_reply_to_id) as replies_to
    from comments c""",
    """select number, node_id, source_updated_at, reviews_total, comments_total, all_comments_total,
      review_comments_total, assignees_total, labels_total, reviews_stored, comments_stored,
      review_comments_stored
    from backfill_pull_requests""",
)


class Session:
    """A connection that tells what CPU time the server's process behind it has taken."""

    def __init__(self, database: Database) -> None:
        self._connection = psycopg.connect(
            database.conninfo, autocommit=True, prepare_threshold=None
        )
        self._accounted = Path(f"/proc/{self._connection.info.backend_pid}/schedstat")

    def call(self, statement: str, *values: Any) -> tuple[Any, float]:
        """Return the single value of a statement, and the milliseconds of CPU that it took."""
        before = self._taken()
        row = self._connection.execute(statement.encode(), values).fetchone()
        return row[0] if row else None, self._taken() - before

    def _taken(self) -> float:
        return int(self._accounted.read_text(encoding="ascii").split()[0]) / 1_000_000


class Product:
    """A repository whose pages are committed as a run commits them."""

    def __init__(self, database: Database) -> None:
        self._gateway = Gateway(PostgresTransport(database.conninfo))
        self.repository, held = _begun(self._gateway)
        self._lease = held.lease_token
        self._chunk = held.chunk_id
        self._step = 0
        self._session = Session(database)

    def commit(self, number: int, page: dict[str, Any]) -> float:
        """Commit a page of pull requests; return the milliseconds of CPU."""
        named = {"node_id": "R_1", "full_name": "octo/one", "is_private": False, "total": 9_999}
        backfill = {"position": {"cursor": f"c{number}"}, "finished": False, "repository": named}
        learnt = {"query": "page", "page_size": SIZE, "clean_pages": number}
        result, taken = self._session.call(
            "select public.backfill_commit_v1(p_repository_id => %s, p_source => 'backfill',"
            " p_lease_token => %s, p_chunk_id => %s, p_page => %s, p_progress => %s,"
            " p_measurements => %s,"
            " p_page_size => %s, p_lease_seconds => 600)",
            self.repository, self._lease, self._chunk, Jsonb(page), Jsonb(backfill),
            Jsonb({"first": SIZE, "points": 1, "requests": 1, "milliseconds": 900}), Jsonb(learnt),
        )  # fmt: skip
        assert result["inserted"] == SIZE, result
        self._chunk = result["next_chunk_id"]
        return taken

    def begin_review_comments(self) -> None:
        """Claim the source of review comments."""
        held = _held_source(self._gateway)
        self._lease = held.lease_token
        self._step = held.step

    def commit_review_comments(self, number: int, page: dict[str, Any]) -> float:
        """Commit a page of review comments; return the milliseconds of CPU."""
        del number
        since = page["review_comments"][-1]["updated_at"]
        progress = {"position": {"since": since, "page": 1}, "finished": False}
        result, taken = self._session.call(
            "select public.backfill_commit_v1(p_repository_id => %s,"
            " p_source => 'review_comments', p_lease_token => %s, p_step => %s, p_page => %s,"
            " p_progress => %s, p_measurements => %s, p_page_size => '{}',"
            " p_lease_seconds => 600)",
            self.repository, self._lease, self._step, Jsonb(page), Jsonb(progress),
            Jsonb({"points": 0, "requests": 1, "milliseconds": 400}),
        )  # fmt: skip
        assert result["rejected"] == 0, result
        self._step += 1
        return taken


class Least:
    """The same pages, each stored with one insert a table and nothing else."""

    def __init__(self, database: Database) -> None:
        self._gateway = Gateway(PostgresTransport(database.conninfo))
        self.repository, _ = _begun(self._gateway)
        database.rows(LEAST)
        database.rows(LEAST_FEED)
        self._session = Session(database)

    def commit(self, number: int, page: dict[str, Any]) -> float:
        """Store a page of pull requests; return the milliseconds of CPU."""
        del number
        return self._stored("bench_least", page)

    def begin_review_comments(self) -> None:
        """Make the row of the source."""
        _held_source(self._gateway)

    def commit_review_comments(self, number: int, page: dict[str, Any]) -> float:
        """Store a page of review comments; return the milliseconds of CPU."""
        del number
        return self._stored("bench_least_review_comments", page)

    def _stored(self, function: str, page: dict[str, Any]) -> float:
        statement = f"select public.{function}(%s, %s)"
        return self._session.call(statement, self.repository, Jsonb(page))[1]


def commit_figures(pages: int) -> dict[str, Any]:
    """Commit pages of 29 pull requests and 100 review comments both ways, on each schema."""
    with server_in_memory() as server:
        return {
            variant or "empty": compared(server, variant, pages)
            for variant in (None, "export", "migrated")
        }


def compared(server: str, variant: str | None, pages: int) -> dict[str, Any]:
    """Commit pages both ways on one schema; return the medians."""
    databases = [new_database(server, migrated=True, variant=variant) for _ in range(2)]
    ways = (Product(databases[0]), Least(databases[1]))
    taken = alternated([way.commit for way in ways], made_pages(pages))
    for database in databases:
        database.rows("update progressive_backfill_state set status = 'completed'")
    for way in ways:
        way.begin_review_comments()
    of_comments = alternated(
        [way.commit_review_comments for way in ways], made_review_comments(pages, pages * SIZE)
    )
    for rows_of in COMPARED:
        one, other = (database.rows(f"{rows_of} order by 1") for database in databases)
        assert one == other, rows_of
    seconds = (
        _median(taken[0]) / SIZE
        + _median(of_comments[0]) / REVIEW_COMMENTS_A_PAGE * REVIEW_COMMENTS_EACH
    )
    return {
        "page": _medians(taken),
        "feed": _medians(of_comments),
        "server_cpu_seconds_per_1000_pull_requests": round(seconds, 2),
        "rows_equal": True,
    }


def alternated(
    ways: Sequence[Callable[[int, dict[str, Any]], float]], pages: Iterable[dict[str, Any]]
) -> list[list[float]]:
    """Commit the same pages each way, in turn; return the milliseconds of each."""
    taken: list[list[float]] = [[] for _ in ways]
    for number, page in enumerate(pages):
        for way, times in zip(ways, taken, strict=True):
            times.append(way(number, page))
    return taken


def _medians(taken: list[list[float]]) -> dict[str, float]:
    product, least = map(_median, taken)
    return {
        "cpu_ms_per_commit": round(product, 1),
        "cpu_ms_of_the_inserts_alone": round(least, 1),
        "ratio": round(product / least, 2),
    }


def _median(times: list[float]) -> float:
    return statistics.median(times[WARM:])


def _begun(gateway: Gateway) -> tuple[str, Claim]:
    repository = {"github_id": 1, "node_id": "R_1", "full_name": "octo/one", "owner": "octo"}
    repository |= {"name": "one", "pull_requests_total": 9_999}
    tracked = gateway.track_repository(repository, None)
    gateway.start_backfill(tracked.repository_id, 9_999, SIZE)
    held = gateway.claim(Wanted((SourceName.BACKFILL,)), holder="bench", lease_seconds=3_600)
    assert isinstance(held, Claim)
    return tracked.repository_id, held


def _held_source(gateway: Gateway) -> Claim:
    wanted = Wanted((SourceName.REVIEW_COMMENTS,), forced=True)
    held = gateway.claim(wanted, holder="bench", lease_seconds=3_600)
    assert isinstance(held, Claim)
    return held


def made_pages(count: int) -> Iterator[dict[str, Any]]:
    """Make pages from the newest pull request down, as rows."""
    last = count * SIZE
    for start in range(last, 0, -SIZE):
        items = tuple(_captured(number) for number in range(start, start - SIZE, -1))
        yield json.loads(json.dumps(Batch(items).harvest.rows))


def made_review_comments(count: int, pull_requests: int) -> Iterator[dict[str, Any]]:
    """Make pages of review comments, oldest change first, as rows."""
    for start in range(0, count * REVIEW_COMMENTS_A_PAGE, REVIEW_COMMENTS_A_PAGE):
        positions = range(start, start + REVIEW_COMMENTS_A_PAGE)
        authors = {1 + n % 400: _account(1 + n % 400) for n in positions}
        items = tuple(_review_comment(n, pull_requests) for n in positions)
        yield json.loads(json.dumps(Harvest(accounts=tuple(authors.values()), items=items).rows))


def _review_comment(n: int, pull_requests: int) -> ReviewComment:
    """Make one of three on a pull request; two of five are replies."""
    day = f"2024-{1 + n // 2500:02}-{1 + n // 100 % 25:02}T10:00:{n % 60:02}Z"
    return ReviewComment(
        20_000_000 + n, 1 + (n // 3 * 37) % pull_requests, 1 + n % 400, "A remark. " * 15,
        day, day, position=n % 50 + 1, original_position=n % 50 + 1,
        diff_hunk="@@ -1,4 +1,9 @@\n" + "+ a line of code\n" * 20, path=f"src/part_{n % 90}.py",
        commit_id=f"{n:040x}", original_commit_id=f"{n:040x}",
        in_reply_to_github_id=20_000_000 + n - 300 if n % 5 < 2 and n >= 300 else None,
    )  # fmt: skip


def _captured(number: int) -> Captured:
    day = f"2024-{1 + number % 12:02}-{1 + number % 28:02}T10:00:00Z"
    authors = tuple(_account(1 + (number * 7 + k * 3) % 400) for k in range(4))
    github_id = 3_000_000_000 + number
    merged = number % 3 > 0
    pull_request = PullRequest(
        github_id, f"PR_{number}", number, f"Mend the part numbered {number}", "A body. " * 60,
        "merged" if merged else "closed", draft=False, merged=merged,
        html_url=f"https://github.com/octo/one/pull/{number}", base_branch="main",
        head_branch=f"topic-{number}", created_at=day, updated_at=day, closed_at=day,
        merged_at=day if merged else None, author_github_id=authors[0].github_id,
        author_login=authors[0].username, merged_by_github_id=authors[1].github_id if merged
        else None, additions=number, deletions=2, changed_files=3, commits=4, reviews_total=3,
        comments_total=3, all_comments_total=3, assignees_total=0, labels_total=0,
    )  # fmt: skip
    hanging = range(10 * number, 10 * number + 3)
    return Captured(
        f"c{number}",
        pull_request,
        authors,
        tuple(
            Review(9_000_000 + n, github_id, number, authors[n % 4].github_id, "APPROVED",
                "A review. " * 9, day, f"{n:040x}")
            for n in hanging
        ),
        tuple(
            Comment(n, github_id, number, authors[n % 4].github_id, "A comment. " * 20, day, day)
            for n in hanging
        ),
    )  # fmt: skip


def _account(github_id: int) -> Account:
    return Account(github_id, f"user-{github_id}", "User", f"User {github_id}")
