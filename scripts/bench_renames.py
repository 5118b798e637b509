"""Measure what it takes to follow renamed accounts: no commit may take long because of them."""

from time import perf_counter
from typing import Any

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.domain.records import Account
from tests.support.databases import Database, new_database, server_in_memory
from tests.support.pages import begin, claim, commit, item, page, pull_request

FILL = """
    insert into contributors (github_id, username)
    select n, 'user-' || n from generate_series(1, %(accounts)s) n;
    set session_replication_role = replica;
    insert into pull_requests (github_id, number, title, state, repository_id, author_id,
      head_branch, created_at, updated_at, repository_full_name, author_login, html_url)
    select 4000000000 + c.github_id * 1000000 + n, c.github_id * 1000000 + n, 'Title', 'open', r.id,
      c.id, 'topic', now(), now(), r.full_name, c.username,
      'https://github.com/' || r.full_name || '/pull/' || n
    from repositories r, contributors c, generate_series(1, %(each)s) n;
    analyze;
"""


def rename_figures(accounts: int, each: int) -> dict[str, Any]:
    """Rename accounts with many pull requests each, on production's schema; return the times."""
    with server_in_memory() as server:
        database = new_database(server, variant="export", migrated=True)
        transport = PostgresTransport(database.conninfo)
        gateway = Gateway(transport)
        begin(gateway)
        values = {"accounts": accounts, "each": each}
        database.rows(FILL % values)
        people = [Account(n, f"renamed-{n}", "User") for n in range(1, accounts + 1)]
        commits = [_commit(gateway, people)]
        commits.extend(_commit(gateway, people) for _ in range(4))
        pieces = []
        left = 1
        while left:
            begun = perf_counter()
            left = gateway.follow_renames()
            pieces.append(perf_counter() - begun)
        transport.close()
        return {
            **values,
            "longest_commit_seconds": round(max(commits), 3),
            "longest_piece_seconds": round(max(pieces), 3),
            "seconds": round(sum(commits) + sum(pieces), 1),
            "old_logins_left": _left(database),
        }


def _commit(gateway: Gateway, people: list[Account]) -> float:
    items = [item(pull_request(n, people[n % len(people)]), *people) for n in range(1, 101)]
    held = claim(gateway)
    begun = perf_counter()
    commit(gateway, held, page(*items), lease_seconds=None)
    return perf_counter() - begun


def _left(database: Database) -> int:
    return int(
        database.value("select count(*) from pull_requests where author_login like 'user-%'")
    )
