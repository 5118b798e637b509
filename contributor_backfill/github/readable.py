"""What an item of GitHub's must say to be stored, and what is recorded of one that does not say it.

GitHub's schema lets more be null than it ever was, and words are added to its enums. One item that
cannot be read costs itself alone, never its page.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from contributor_backfill.domain.records import Skipped
from contributor_backfill.github.texts import clean, reason

T = TypeVar("T")
MISSHAPEN = (AttributeError, KeyError, TypeError, ValueError)
"""What reading a document raises that has another shape than GitHub's."""


def needed(document: Mapping[str, Any], key: str) -> Any:
    """Return a value that must be there. Raises `ValueError`."""
    value = document.get(key)
    if value is None:
        raise ValueError(f"GitHub gives no {key}.")
    return value


def whole(document: Mapping[str, Any], key: str, *, bits: int = 63) -> int:
    """Return a number above zero that a column can hold. Raises `ValueError`."""
    value = int(needed(document, key))
    if not 0 < value < 2**bits:
        raise ValueError(f"GitHub gives {value} as {key}.")
    return value


def moment(document: Mapping[str, Any], key: str) -> str:
    """Return a time as GitHub wrote it. Raises `ValueError`."""
    value = str(needed(document, key))
    if datetime.fromisoformat(value).tzinfo is None:
        raise ValueError(f"GitHub gives {value!r} as {key}.")
    return value


def readable(
    documents: Iterable[Any], read: Callable[[Any], T], kind: str, number: int | None = None
) -> tuple[list[T], tuple[Skipped, ...]]:
    """Return what can be read, and a record of each item that cannot."""
    found: list[T] = []
    unreadable: list[Skipped] = []
    for place, document in enumerate(documents):
        try:
            found.append(read(document))
        except MISSHAPEN as error:
            where = f"{kind} {place} of #{number}"
            unreadable.append(skipped(document, error, kind=kind, number=number, cursor=where))
    return found, tuple(unreadable)


def skipped(
    document: Any,
    error: Exception | str,
    *,
    cursor: str,
    kind: str = "pull_requests",
    number: int | None = None,
) -> Skipped:
    """Return the record of an item that cannot be read, with as much as it says of itself."""
    said = document if isinstance(document, dict) else {}
    github_id = _known(said, "fullDatabaseId", 63) or _known(said, "id", 63)
    message = str(error) if type(error) in {str, ValueError} else f"It is misshapen: {error!r}"
    return Skipped(
        github_id=github_id,
        number=number or _known(said, "number", 31) or _number_in_address(said),
        cursor=clean(cursor) or "",
        message=reason(message),
        kind=kind,
    )


def _number_in_address(document: Mapping[str, Any]) -> int | None:
    """Return the number that ends the address of the pull request on which a comment hangs."""
    ending = str(document.get("pull_request_url") or "").rpartition("/")[2]
    return _known({"number": ending}, "number", 31)


def _known(document: Mapping[str, Any], key: str, bits: int) -> int | None:
    try:
        return whole(document, key, bits=bits)
    except MISSHAPEN:
        return None
