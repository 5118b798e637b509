"""How long the lists of a pull request are, and when their items were made."""

from math import log
from random import Random

from contributor_backfill.sandbox.invention.numbering import LONGEST_LIST
from contributor_backfill.sandbox.options import ListSizes
from contributor_backfill.sandbox.pull_requests.records import Head
from contributor_backfill.sandbox.world import timestamps


def size_of(sizes: ListSizes, ordinal: int, pull_requests: int, random: Random) -> int:
    """Return how long the list of one pull request is, at most `LONGEST_LIST`."""
    if sizes.exact is not None:
        return min(sizes.exact, LONGEST_LIST)
    tail = _tail(sizes, ordinal, pull_requests)
    if tail is not None:
        return min(tail, LONGEST_LIST)
    if sizes.mean <= 0:
        return 0
    return min(int(log(1 - random.random()) / log(sizes.mean / (1 + sizes.mean))), LONGEST_LIST)


def has_tail(sizes: ListSizes | None, ordinal: int, pull_requests: int) -> bool:
    """Return whether the pull request has one of the sizes in `tails`."""
    if sizes is None or sizes.exact is not None:
        return False
    return _tail(sizes, ordinal, pull_requests) is not None


def moments(head: Head, count: int, random: Random) -> list[str]:
    """Return `count` moments in order between the opening and the last update."""
    start = timestamps.to_seconds(head.created_at)
    span = timestamps.to_seconds(head.updated_at) - start
    return [
        timestamps.to_text(start + span * (position + random.random()) / count)
        for position in range(count)
    ]


def _tail(sizes: ListSizes, ordinal: int, pull_requests: int) -> int | None:
    for position, tail in enumerate(sizes.tails):
        if ordinal == (2 * position + 1) * pull_requests // (2 * len(sizes.tails)):
            return tail
    return None
