"""Compare a database, row by row and column by column, with the sandbox's own export."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from tests.support import stored_rows
from tests.support.databases import Database
from tests.support.source_rows import Source

Json = dict[str, Any]
Rows = dict[Any, Json]


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
        "pull_requests": stored_rows.pull_requests(database),
        "reviews": stored_rows.reviews(database),
        "comments": stored_rows.comments(database, inline=False),
        "review_comments": stored_rows.comments(database, inline=True),
    }
    expected = {
        "pull_requests": source.pull_requests(),
        "reviews": source.reviews(),
        "comments": source.comments(),
        "review_comments": source.review_comments(),
    }
    marked = {kind: stored_rows.deletions(database, kind) for kind in stored}
    gone = _gone(stored, marked)
    return [
        *_compare_answers(
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
        *_compare("continuation", stored_rows.continuations(database), source.continuations()),
        *_compare(
            "total", stored_rows.totals(database), source.totals(), gone["pull_requests"].keys()
        ),
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


def _compare_answers(
    database: Database, stored: Rows, expected: Rows, excused: Collection[int]
) -> Iterator[str]:
    """Expect an answer to wait for what is not stored; from then on, it names nothing."""
    waiting = {
        key: row["in_reply_to"]
        for key, row in expected.items()
        if row["in_reply_to"] is not None and row["in_reply_to"] not in stored
    }
    for key in waiting:
        expected[key] = {**expected[key], "in_reply_to": None}
    found = stored_rows.waiting_replies(database)
    found = {key: asked for key, asked in found.items() if key not in excused}
    if found != waiting:
        yield f"the answers {found} wait, not {waiting}"


def _compare_people(
    database: Database, expected: Rows, mannequins: set[int], gone: dict[str, Rows]
) -> Iterator[str]:
    """Compare accounts; the authors of what is gone may be there too."""
    stored = stored_rows.contributors(database)
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
    found = stored_rows.rejects(database, "review_comments")
    if found != colliding:
        yield f"the review comments {found} were rejected, not {colliding}"
