"""Pages of REST: what a query string asks for, and the links to the pages around."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from contributor_backfill.sandbox.pull_requests.feed import Feed, FeedItem
from contributor_backfill.sandbox.world import timestamps

_NUMBER = re.compile(r"[0-9]{1,9}")
_DEFAULT_SIZE = 30
_LARGEST_SIZE = 100
_SORTS = {"created": "created", "created_at": "created", "updated": "updated"}


@dataclass(frozen=True, slots=True)
class ListQuery:
    """A query string, read as GitHub reads it: whatever it does not understand is not there."""

    sort: str
    is_descending: bool
    since: str
    size: int
    page: int

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> "ListQuery":
        """Return what the parameters ask for. Without `sort`, `direction` means nothing."""
        sort = _SORTS.get(parameters.get("sort", ""), "id")
        return cls(
            sort=sort,
            is_descending=sort != "id" and parameters.get("direction") == "desc",
            since=_moment(parameters.get("since", "")),
            size=size_of(parameters),
            page=_number(parameters.get("page"), 1),
        )

    @property
    def span(self) -> slice:
        """Return where the asked page lies in a list."""
        begin = (self.page - 1) * self.size
        return slice(begin, begin + self.size)

    def page_of(self, feed: Feed) -> tuple[list[FeedItem], int]:
        """Return the asked page, empty beyond the end, and how many comments all pages have."""
        places = feed.ordered(self.sort, self.since)
        if self.is_descending:
            places = places[::-1]
        found = (feed.find(database_id) for _, database_id in places[self.span])
        return [item for item in found if item is not None], len(places)


def size_of(parameters: Mapping[str, str]) -> int:
    """Return the size of a page: 30 unless another is given, at most 100."""
    return min(_number(parameters.get("per_page"), _DEFAULT_SIZE), _LARGEST_SIZE)


def link_header(
    url: str, parameters: Mapping[str, str], query: ListQuery, count: int
) -> dict[str, str]:
    """Return the header with the pages around this one; a single page has none."""
    last = max(1, -(-count // query.size))
    pages: dict[str, int] = {}
    if query.page > 1:
        pages["prev"] = min(query.page - 1, last)
    if query.page < last:
        pages |= {"next": query.page + 1, "last": last}
    if query.page > 1:
        pages["first"] = 1
    links = (
        f'<{url}?{urlencode({**parameters, "page": str(page)})}>; rel="{name}"'
        for name, page in pages.items()
    )
    return {"link": ", ".join(links)} if pages else {}


def _number(text: str | None, usual: int) -> int:
    return int(text) or usual if text and _NUMBER.fullmatch(text) else usual


def _moment(text: str) -> str:
    """Return a moment in the world's form, or "" for what is none, which bounds nothing."""
    try:
        moment = datetime.fromisoformat(text)
        known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return timestamps.to_text(known.timestamp())
    except (OverflowError, ValueError):
        return ""
