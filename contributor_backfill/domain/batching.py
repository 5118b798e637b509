"""How much of a page goes into one commit.

One call to the database stays below a megabyte (design, "Rules that the two transports impose").
A page is cut between pull requests, because each has a cursor of its own.
"""

from collections.abc import Iterable, Iterator

from contributor_backfill.domain.harvest import BYTE_LIMIT, Batch
from contributor_backfill.domain.records import Account, Captured, Page, Row

ALONE, ACCOUNT = 300, 400
"""The most that the names of kinds weigh in a commit, and those of an account's fields."""


def split(page: Page, byte_limit: int = BYTE_LIMIT) -> tuple[Batch, ...]:
    """Cut a page into commits of at most `byte_limit` bytes, one pull request at least in each.

    A pull request that is too large alone is stored without its lists, which are queued.
    """
    whole = Batch(page.items, page.end_cursor, page.has_next_page)
    if _fits(whole, byte_limit):
        return (whole,)
    groups = list(_groups((_weighed(item, byte_limit) for item in page.items), byte_limit))
    inner = [Batch(tuple(g), g[-1].cursor, has_next_page=True) for g in groups[:-1]]
    return (*inner, Batch(tuple(groups[-1]), page.end_cursor, page.has_next_page))


def weight(item: Captured) -> int:
    """Return what an item weighs as JSON alone in a commit, in bytes."""
    return len(Batch((item,)).harvest.document)


def rows(batch: Batch) -> dict[str, list[Row]]:
    """Return the rows of a commit by kind, every account once."""
    return batch.harvest.rows


def _fits(whole: Batch, byte_limit: int) -> bool:
    """Tell whether a page fits even with each account in each pull request that names it."""
    repeated = sum(ALONE + sum(map(_most, item.accounts)) for item in whole.items)
    return len(whole.harvest.document) + repeated <= byte_limit


def _most(account: Account) -> int:
    """Return the most that an account may weigh: JSON writes a character in 12 bytes at most."""
    texts = (text for text in vars(account).values() if isinstance(text, str))
    return ACCOUNT + 12 * sum(map(len, texts))


def _weighed(item: Captured, byte_limit: int) -> tuple[Captured, int]:
    """Return an item, without its lists if it is too large alone, and what it weighs."""
    size = weight(item)
    if size <= byte_limit:
        return item, size
    lighter = item.without_items()
    return lighter, weight(lighter)


def _groups(weighed: Iterable[tuple[Captured, int]], byte_limit: int) -> Iterator[list[Captured]]:
    group: list[Captured] = []
    size = 0
    for item, added in weighed:
        if group and size + added > byte_limit:
            yield group
            group, size = [], 0
        group.append(item)
        size += added
    if group:
        yield group
