"""Compare a database, row by row and column by column, with the sandbox's own export.

The expectations are written out here a second time, on purpose: the checker must not share the
code that it checks.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from tests.support.databases import Database

Json = dict[str, Any]
GHOST_ID = 10137


def differences(
    database: Database, export: Iterable[Json], *, without: frozenset[int] = frozenset()
) -> list[str]:
    """Return every difference, in words; nothing means that the database equals the source.

    Lists are compared as far as one page holds them: the first hundred items. `without` names pull
    requests that are known not to be stored.
    """
    truth = [line for line in export if line["number"] not in without]
    return [
        *_compare("pull request", _stored_pull_requests(database), dict(_pull_requests(truth))),
        *_compare("review", _stored_reviews(database), dict(_reviews(truth))),
        *_compare("comment", _stored_comments(database), dict(_comments(truth))),
        *_compare("continuation", _stored_continuations(database), dict(_continuations(truth))),
        *_compare("total", _stored_totals(database), dict(_totals(truth))),
        *_compare("contributor", _stored_contributors(database), _contributors(truth)),
    ]


def _compare(kind: str, stored: dict[Any, Json], expected: dict[Any, Json]) -> Iterator[str]:
    for key in sorted(expected.keys() - stored.keys(), key=str):
        yield f"{kind} {key} is missing"
    for key in sorted(stored.keys() - expected.keys(), key=str):
        yield f"{kind} {key} should not be there"
    for key in expected.keys() & stored.keys():
        for column, value in expected[key].items():
            if stored[key][column] != value:
                yield f"{kind} {key}: {column} is {stored[key][column]!r}, not {value!r}"


def _pull_requests(truth: list[Json]) -> Iterator[tuple[int, Json]]:
    for line in truth:
        merger = line["merged_by"]
        yield (
            line["full_database_id"],
            {
                "number": line["number"],
                "title": _storable(line["title"]),
                "body": _storable(line["body"]),
                "state": line["state"].lower(),
                "draft": line["is_draft"],
                "merged": line["merged"],
                "base_branch": line["base_ref_name"],
                "head_branch": line["head_ref_name"],
                "base_ref": line["base_ref_name"],
                "head_ref": line["head_ref_name"],
                "created_at": _moment(line["created_at"]),
                "updated_at": _moment(line["updated_at"]),
                "closed_at": _moment(line["closed_at"]),
                "merged_at": _moment(line["merged_at"]),
                "additions": line["additions"],
                "deletions": line["deletions"],
                "changed_files": line["changed_files"],
                "commits": line["commits"],
                "mergeable": {"MERGEABLE": True, "CONFLICTING": False}.get(line["mergeable"]),
                "mergeable_state": line["merge_state_status"].lower(),
                "html_url": line["url"],
                "diff_url": f"{line['url']}.diff",
                "patch_url": f"{line['url']}.patch",
                "repository_full_name": line["repository"]["name_with_owner"],
                "repository_github_id": line["repository"]["database_id"],
                "author": _account_id(line["author"]),
                "author_github_id": _account_id(line["author"]),
                "author_login": _login(line["author"]),
                "merged_by": _account_id(merger) if line["merged"] else None,
                "assignee": _account_id(line["assignees"][0]) if line["assignees"] else None,
            },
        )


def _reviews(truth: list[Json]) -> Iterator[tuple[int, Json]]:
    for line in truth:
        for review in line["reviews"][:100]:
            if review["state"] != "PENDING":
                yield (
                    review["full_database_id"],
                    {
                        "pull_request": line["full_database_id"],
                        "reviewer": _account_id(review["author"]),
                        "author": _account_id(review["author"]),
                        "state": review["state"],
                        "body": _storable(review["body"]),
                        "submitted_at": _moment(review["submitted_at"]),
                        "commit_id": review["commit_oid"],
                    },
                )


def _comments(truth: list[Json]) -> Iterator[tuple[int, Json]]:
    for line in truth:
        for comment in line["comments"][:100]:
            yield (
                comment["full_database_id"],
                {
                    "pull_request": line["full_database_id"],
                    "commenter": _account_id(comment["author"]),
                    "body": _storable(comment["body"]),
                    "created_at": _moment(comment["created_at"]),
                    "updated_at": _moment(comment["updated_at"]),
                    "comment_type": "issue_comment",
                },
            )


def _continuations(truth: list[Json]) -> Iterator[tuple[tuple[int, str], Json]]:
    for line in truth:
        for connection in ("reviews", "comments"):
            if len(line[connection]) > 100:
                yield (line["full_database_id"], connection), {}


def _totals(truth: list[Json]) -> Iterator[tuple[int, Json]]:
    for line in truth:
        pending = sum(r["state"] == "PENDING" for r in line["reviews"][:100])
        yield (
            line["full_database_id"],
            {
                "reviews_total": len(line["reviews"]) - pending,
                "comments_total": len(line["comments"]),
                "assignees_total": len(line["assignees"]),
                "node_id": line["node_id"],
                "missing_fields": [],
            },
        )


def _contributors(truth: list[Json]) -> dict[int, Json]:
    people: dict[int, Json] = {}
    for line in truth:
        merger = [line["merged_by"]] if line["merged"] else []
        items = [r for r in line["reviews"][:100] if r["state"] != "PENDING"]
        items += line["comments"][:100]
        accounts = [line["author"], *merger, *line["assignees"][:1], *(i["author"] for i in items)]
        for account in accounts:
            people[_account_id(account)] = {"is_bot": bool(account and account["kind"] == "Bot")}
    return people


def _account_id(account: Json | None) -> int:
    if account is None:
        return GHOST_ID
    return account["database_id"] or account["user_database_id"] or GHOST_ID


def _login(account: Json | None) -> str:
    if account is None or _account_id(account) == GHOST_ID:
        return "ghost"
    return f"{account['login']}[bot]" if account["kind"] == "Bot" else str(account["login"])


def _storable(text: str) -> str:
    return "".join(c for c in text if c != "\x00" and not "\ud800" <= c <= "\udfff")


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _stored_pull_requests(database: Database) -> dict[Any, Json]:
    return _by_id(
        database.rows("""
            select p.*, author.github_id as author, merger.github_id as merged_by,
              assignee.github_id as assignee
            from pull_requests p
            left join contributors author on author.id = p.author_id
            left join contributors merger on merger.id = p.merged_by_id
            left join contributors assignee on assignee.id = p.assignee_id
        """)
    )


def _stored_reviews(database: Database) -> dict[Any, Json]:
    return _by_id(
        database.rows("""
            select r.*, p.github_id as pull_request, author.github_id as author,
              reviewer.github_id as reviewer
            from reviews r
            join pull_requests p on p.id = r.pull_request_id
            join contributors author on author.id = r.author_id
            left join contributors reviewer on reviewer.id = r.reviewer_id
        """)
    )


def _stored_comments(database: Database) -> dict[Any, Json]:
    return _by_id(
        database.rows("""
            select c.*, p.github_id as pull_request, commenter.github_id as commenter
            from comments c
            join pull_requests p on p.id = c.pull_request_id
            left join contributors commenter on commenter.id = c.commenter_id
        """)
    )


def _stored_continuations(database: Database) -> dict[Any, Json]:
    rows = database.rows("""
        select p.github_id, c.* from backfill_continuations c
        join pull_requests p on p.id = c.pull_request_id
    """)
    return {(row["github_id"], row["connection"]): row for row in rows}


def _stored_totals(database: Database) -> dict[Any, Json]:
    return _by_id(
        database.rows("""
            select p.github_id, b.* from backfill_pull_requests b
            join pull_requests p on p.id = b.pull_request_id
        """)
    )


def _stored_contributors(database: Database) -> dict[Any, Json]:
    return _by_id(database.rows("select * from contributors"))


def _by_id(rows: list[Json]) -> dict[Any, Json]:
    return {row["github_id"]: row for row in rows}
