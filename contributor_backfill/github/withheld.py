"""What the token may not see of pull requests, and what a query leaves out because of it.

GitHub gives a field that is withheld as null. Where a field may not be null (`commits`), that makes
the whole pull request null: then the query is asked again without it, and from then on.
"""

from collections.abc import Collection, Iterable
from typing import Any

from contributor_backfill.github.sansio import Answer, GraphQLError

LEAVABLE = frozenset(
    {
        "additions",
        "assignees",
        "changedFiles",
        "comments",
        "commits",
        "deletions",
        "labels",
        "reviews",
        "totalCommentsCount",
    }
)
"""What a pull request can be stored without."""
RETIRED = frozenset({"reviewThreads"})
"""What earlier versions asked for: a database may still have it on record as withheld."""
PERMISSIONS = {
    "commit": "contents: read",
    "commits": "contents: read",
    "additions": "contents: read",
    "deletions": "contents: read",
    "changedFiles": "contents: read",
    "labels": "issues: read",
    "comments": "issues: read",
    "assignees": "issues: read",
}
"""Which permission an App's token needs for a field; for all others it is `pull-requests: read`."""


def withheld(errors: Iterable[GraphQLError]) -> dict[str, str]:
    """Return the fields that were withheld, each with the permission that the token lacks."""
    fields = sorted({_field(error) for error in errors if error.withholds and error.path})
    return {name: PERMISSIONS.get(name, "pull-requests: read") for name in fields}


def to_leave_out(answer: Answer) -> set[str]:
    """Return what is to be left out, so that pull requests come which are null for it now.

    What one pull request of the answer has is not withheld from the repository.
    """
    exact: set[str] = set()
    inner: set[str] = set()
    for error in answer.errors:
        place = _leavable_place(error)
        if place is None:
            continue
        name, rest = str(error.path[place]), error.path[place + 1 :]
        if not rest:
            exact.add(name)
        elif all(isinstance(key, str) for key in rest) and not _at(answer.data, error.path[:place]):
            # Something in it that may not be null, and no item of a list, which may.
            inner.add(name)
    wanted = exact or inner
    return wanted - that_came(answer.data, wanted)


def that_came(data: Any, names: Collection[str]) -> set[str]:
    """Return which of these fields have a value anywhere in a document."""
    found: set[str] = set()
    waiting = [data] if names else []
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            found |= {key for key in names if value.get(key) is not None}
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return found


def _field(error: GraphQLError) -> str:
    """Return the field behind the last place in a list that an error names, or what is below it."""
    places = [place for place, key in enumerate(error.path) if isinstance(key, int)]
    names = [str(key) for key in error.path[(places[-1] + 1) if places else 0 :]]
    known = (name for name in names if name in LEAVABLE or name in PERMISSIONS)
    return next(known, str(error.path[-1]))


def _leavable_place(error: GraphQLError) -> int | None:
    if not error.withholds:
        return None
    return next((place for place, key in enumerate(error.path) if key in LEAVABLE), None)


def _at(data: Any, path: Iterable[str | int]) -> Any:
    for key in path:
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            return None
    return data
