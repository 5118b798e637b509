"""Database ids of what is in a repository: in the middle of its range, the older half below it."""

from dataclasses import dataclass

from contributor_backfill.sandbox.world import ids

_MIDDLE = ids.BETWEEN_REPOSITORIES // 2
_BETWEEN_PULL_REQUESTS = 1_511
_FROM_ITEMS_TO_INLINE = 10**9
_FROM_FIRST_TO_ADDED = 2 * 10**10
_INLINE_TIMES = 3

LONGEST_LIST = 4_096
"""How many reviews or comments one pull request can have in the sandbox."""


@dataclass(frozen=True, slots=True)
class Numbering:
    """The ids in one repository, from what it holds at first."""

    repository_id: int
    pull_requests: int

    def pull_request_id(self, ordinal: int) -> int:
        """Return the database id of the pull request of that ordinal."""
        return self._id(ordinal, _BETWEEN_PULL_REQUESTS)

    def item_id(self, ordinal: int, position: int) -> int:
        """Return the database id of the item at `position` of one of its lists.

        A review and a comment may have the same one: GitHub counts each kind for itself.
        """
        return self._id(ordinal, LONGEST_LIST) + position

    def inline_id(self, ordinal: int, position: int) -> int:
        """Return the database id of a comment on the diff.

        The older half lies below all reviews and comments and the newer half above them, so that
        none of them has the id of another.
        """
        is_newer = ordinal >= self.pull_requests // 2
        shift = _FROM_ITEMS_TO_INLINE if is_newer else -_FROM_ITEMS_TO_INLINE
        return self._id(ordinal, _INLINE_TIMES * LONGEST_LIST) + shift + position

    def issue_id(self, number: int) -> int:
        """Return the database id of an issue, or of a pull request in its part as an issue."""
        return self._id(self.pull_requests // 2, 0) + number

    def added_id(self, count: int) -> int:
        """Return the database id of the `count`-th item, of any kind, that was added later."""
        return self._id(self.pull_requests // 2, 0) + _FROM_FIRST_TO_ADDED + count

    def _id(self, ordinal: int, step: int) -> int:
        base = ids.item_base(self.repository_id)
        return base + _MIDDLE + (ordinal - self.pull_requests // 2) * step
