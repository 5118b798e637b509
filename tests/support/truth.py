"""Compare a database, row by row and column by column, with the sandbox's own export."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from tests.support.databases import Database
from tests.support.source_rows import Source

Json = dict[str, Any]
Rows = dict[Any, Json]


def _stored_pull_requests(database: Database) -> Rows:
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


def _stored_reviews(database: Database) -> Rows:
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


def _stored_comments(database: Database, *, of_the_diff: bool) -> Rows:
    """Return the review comments, or all others."""
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
            of_the_diff,
        )
    )


def _stored_continuations(database: Database) -> Rows:
    rows = database.rows("""
        select p.github_id, c.* from backfill_continuations c
        join pull_requests p on p.id = c.pull_request_id
    """)
    return {(row["github_id"], row["connection"]): row for row in rows}


def _stored_totals(database: Database) -> Rows:
    return _by_id(
        database.rows("""
            select p.github_id, b.* from backfill_pull_requests b
            join pull_requests p on p.id = b.pull_request_id
        """)
    )


def _stored_contributors(database: Database) -> Rows:
    return _by_id(database.rows("select * from contributors"))


def _stored_deletions(database: Database, kind: str) -> set[int]:
    """Return the ids of a kind that are marked as deleted on GitHub."""
    rows = database.rows("select github_id from backfill_deletions where kind = %s", kind)
    return {row["github_id"] for row in rows}


def _stored_waiting_replies(database: Database) -> dict[int, int]:
    """Return the comments that wait for their parent, with its id."""
    rows = database.rows("""
        select c.github_id, r.parent_github_id from backfill_replies r
        join comments c on c.id = r.comment_id
    """)
    return {row["github_id"]: row["parent_github_id"] for row in rows}


def _stored_rejects(database: Database, kind: str) -> set[int]:
    rows = database.rows("select github_id from backfill_rejects where kind = %s", kind)
    return {row["github_id"] for row in rows}


def _by_id(rows: list[Json]) -> Rows:
    return {row["github_id"]: row for row in rows}


def differences(
    database: Database,
    export: Iterable[Json],
    *,
    whole: bool = False,
    without: frozenset[int] = frozenset(),
) -> list[str]:
    """Return every difference, in words; nothing means that the database equals the source.

    Lists are compared as far as one page of pull requests holds them, the first hundred items; with
    `whole`, everything is. What is marked as deleted has to be what is stored and not in the
    export. `without` names pull requests that are known not to be stored.
    """
    truth = [line for line in export if line["number"] not in without]
    source = Source(truth, whole=whole)
    stored = {
        "pull_requests": _stored_pull_requests(database),
        "reviews": _stored_reviews(database),
        "comments": _stored_comments(database, of_the_diff=False),
        "review_comments": _stored_comments(database, of_the_diff=True),
    }
    expected = {
        "pull_requests": source.pull_requests(),
        "reviews": source.reviews(),
        "comments": source.comments(),
        "review_comments": source.review_comments(),
    }
    marked = {kind: _stored_deletions(database, kind) for kind in stored}
    gone = _gone(stored, marked)
    return [
        *_compare_replies(
            database,
            stored["review_comments"],
            expected["review_comments"],
            gone["review_comments"].keys(),
        ),
        *(
            line
            for kind in stored
            for line in _compare(_word(kind), stored[kind], expected[kind], gone[kind])
        ),
        *_compare_marks(marked, expected, stored),
        *_compare("continuation", _stored_continuations(database), source.continuations()),
        *_compare("total", _stored_totals(database), source.totals(), gone["pull_requests"].keys()),
        *_compare_people(database, source.contributors(), source.mannequins(), gone),
        *(_compare_rejects(database, source.colliding) if whole else ()),
    ]


def _word(kind: str) -> str:
    return kind.removesuffix("s").replace("_", " ")


def _gone(stored: dict[str, Rows], marked: dict[str, set[int]]) -> dict[str, Rows]:
    """Return the stored rows that are marked as deleted, or whose pull request is."""
    return {
        kind: {
            key: row
            for key, row in rows.items()
            if key in marked[kind] or row.get("pull_request") in marked["pull_requests"]
        }
        for kind, rows in stored.items()
    }


def _compare(kind: str, stored: Rows, expected: Rows, excused: Iterable[Any] = ()) -> Iterator[str]:
    for key in sorted(expected.keys() - stored.keys(), key=str):
        yield f"{kind} {key} is missing"
    for key in sorted(stored.keys() - expected.keys() - set(excused), key=str):
        yield f"{kind} {key} should not be there"
    for key in expected.keys() & stored.keys():
        for column, value in expected[key].items():
            if stored[key][column] != value:
                yield f"{kind} {key}: {column} is {stored[key][column]!r}, not {value!r}"


def _compare_marks(
    marked: dict[str, set[int]], expected: dict[str, Rows], stored: dict[str, Rows]
) -> Iterator[str]:
    for kind, ids in marked.items():
        for key in sorted(ids & expected[kind].keys()):
            yield f"{_word(kind)} {key} is marked as deleted and is not"
        for key in sorted(ids - stored[kind].keys()):
            yield f"{_word(kind)} {key} is marked as deleted and was never stored"


def _compare_replies(
    database: Database, stored: Rows, expected: Rows, excused: Collection[int]
) -> Iterator[str]:
    """Expect a reply to wait for a parent that is not stored; until then it names none."""
    waiting = {
        key: row["in_reply_to"]
        for key, row in expected.items()
        if row["in_reply_to"] is not None and row["in_reply_to"] not in stored
    }
    for key in waiting:
        expected[key] = {**expected[key], "in_reply_to": None}
    found = _stored_waiting_replies(database)
    found = {key: asked for key, asked in found.items() if key not in excused}
    if found != waiting:
        yield f"the replies {found} wait, not {waiting}"


def _compare_people(
    database: Database, expected: Rows, mannequins: set[int], gone: dict[str, Rows]
) -> Iterator[str]:
    """Compare accounts; the authors of what is gone may be there too."""
    stored = _stored_contributors(database)
    columns = ("author", "reviewer", "commenter", "merged_by", "assignee")
    excused = {
        row.get(column) for rows in gone.values() for row in rows.values() for column in columns
    }
    logins = [row["username"] for row in expected.values()]
    for key, row in stored.items():
        # Two accounts can claim one login, as a mannequin claims a user's: one is `login~id`.
        login = expected.get(key, {}).get("username")
        is_parked = row["username"] == f"{login}~{key}"
        if is_parked and (logins.count(login) > 1 or key in mannequins):
            row["username"] = login
    yield from _compare("contributor", stored, expected, excused)


def _compare_rejects(database: Database, colliding: set[int]) -> Iterator[str]:
    found = _stored_rejects(database, "review_comments")
    if found != colliding:
        yield f"the review comments {found} were rejected, not {colliding}"
