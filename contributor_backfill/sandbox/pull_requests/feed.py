"""The comments on the diffs of a whole repository, in the orders in which REST lists them."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contributor_backfill.sandbox.pull_requests.records import PullRequest


@dataclass(frozen=True, slots=True)
class FeedItem:
    """A comment as far as the orders need it. `number` is its pull request."""

    database_id: int
    number: int
    created_at: str
    updated_at: str


Place = tuple[str, int]
"""What the comments are sorted by, and the id of one."""


class Feed:
    """An index that is built once and follows what happens to single pull requests."""

    def __init__(self, pull_requests: Iterable[PullRequest]) -> None:
        self._items: dict[int, FeedItem] = {}
        self._ids_by_number: dict[int, list[int]] = {}
        self._orders: dict[str, list[Place]] = {}
        for pull_request in pull_requests:
            self._note(pull_request)

    def find(self, database_id: int) -> FeedItem | None:
        """Return the comment of that id."""
        return self._items.get(database_id)

    def ordered(self, sort: str, since: str = "") -> Sequence[Place]:
        """Return where the comments stand by `created`, `updated` or `id`, ascending.

        With `since`, only those that were changed at that moment or later.
        """
        order = self._order(sort)
        if sort == "updated":
            return order[bisect_left(order, (since, 0)) :]
        return [place for place in order if self._items[place[1]].updated_at >= since]

    def put(self, pull_request: PullRequest) -> None:
        """Take over what a pull request holds now."""
        self.remove(pull_request.number)
        for item in self._note(pull_request):
            for sort, order in self._orders.items():
                insort(order, _place(item, sort))

    def remove(self, number: int) -> None:
        """Forget what a pull request held."""
        for database_id in self._ids_by_number.pop(number, ()):
            item = self._items.pop(database_id)
            for sort, order in self._orders.items():
                del order[bisect_left(order, _place(item, sort))]

    def _note(self, pull_request: PullRequest) -> list[FeedItem]:
        number = pull_request.number
        items = [
            FeedItem(comment.database_id, number, comment.created_at, comment.updated_at)
            for comment in pull_request.review_comments
        ]
        if items:
            self._ids_by_number[number] = [item.database_id for item in items]
            self._items.update((item.database_id, item) for item in items)
        return items

    def _order(self, sort: str) -> list[Place]:
        order = self._orders.get(sort)
        if order is None:
            order = self._orders[sort] = sorted(_place(i, sort) for i in self._items.values())
        return order


def _place(item: FeedItem, sort: str) -> Place:
    moments = {"created": item.created_at, "updated": item.updated_at}
    return moments.get(sort, ""), item.database_id
