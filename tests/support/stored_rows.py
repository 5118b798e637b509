"""What a database holds, under GitHub's ids."""

from typing import Any

from tests.support.databases import Database

Json = dict[str, Any]
Rows = dict[Any, Json]


def pull_requests(database: Database) -> Rows:
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


def reviews(database: Database) -> Rows:
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


def comments(database: Database, *, inline: bool) -> Rows:
    """Return the comments on the diff, or all others."""
    return _by_id(
        database.rows(
            """
            select c.*, p.github_id as pull_request, commenter.github_id as commenter,
              parent.github_id as in_reply_to
            from comments c
            join pull_requests p on p.id = c.pull_request_id
            left join contributors commenter on commenter.id = c.commenter_id
            left join comments parent on parent.id = c.in_reply_to_id
            where (c.comment_type = 'review_comment') = %s
            """,
            inline,
        )
    )


def continuations(database: Database) -> Rows:
    rows = database.rows("""
        select p.github_id, c.* from backfill_continuations c
        join pull_requests p on p.id = c.pull_request_id
    """)
    return {(row["github_id"], row["connection"]): row for row in rows}


def totals(database: Database) -> Rows:
    return _by_id(
        database.rows("""
            select p.github_id, b.* from backfill_pull_requests b
            join pull_requests p on p.id = b.pull_request_id
        """)
    )


def contributors(database: Database) -> Rows:
    return _by_id(database.rows("select * from contributors"))


def deletions(database: Database, kind: str) -> set[int]:
    """Return the ids of a kind that are marked as deleted on GitHub."""
    rows = database.rows("select github_id from backfill_deletions where kind = %s", kind)
    return {row["github_id"] for row in rows}


def waiting_replies(database: Database) -> dict[int, int]:
    """Return the comments that wait for the one they answer, with its id."""
    rows = database.rows("""
        select c.github_id, r.parent_github_id from backfill_replies r
        join comments c on c.id = r.comment_id
    """)
    return {row["github_id"]: row["parent_github_id"] for row in rows}


def rejects(database: Database, kind: str) -> set[int]:
    rows = database.rows("select github_id from backfill_rejects where kind = %s", kind)
    return {row["github_id"] for row in rows}


def _by_id(rows: list[Json]) -> Rows:
    return {row["github_id"]: row for row in rows}
