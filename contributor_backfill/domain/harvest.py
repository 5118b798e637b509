"""The rows of one request, cut into commits that the database takes.

One call to the database stays below a megabyte, because its transports take no more. A page is cut
between pull requests, each of which has a cursor of its own. Any other harvest is committed in
slices: rows may come twice, so only the last slice moves anything on.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any, TypeAlias, TypeVar

from contributor_backfill.domain.completeness import KINDS
from contributor_backfill.domain.policy import COMMIT_BYTES
from contributor_backfill.domain.records import (
    Account,
    Captured,
    Comment,
    Page,
    Review,
    ReviewComment,
    Row,
    Skipped,
)
from contributor_backfill.domain.sources import Position
from contributor_backfill.domain.storage import Storage
from contributor_backfill.domain.types import Document

T = TypeVar("T")
Item: TypeAlias = Review | Comment | ReviewComment


@dataclass(frozen=True)
class ConnectionProgress:
    """How far a list was read in one step: from a cursor to the next, or to its end.

    `total` is GitHub's count, null where it gives none. `gone` says that the pull request is
    deleted, `error` why the list cannot be read now.
    """

    pull_request_github_id: int
    connection: str
    from_cursor: str | None
    end_cursor: str | None = None
    finished: bool = False
    gone: bool = False
    error: str | None = None
    ids: tuple[int, ...] = ()
    total: int | None = None


@dataclass(frozen=True)
class Number:
    """A number without a stored pull request: it is `wanted`, an `issue` or `gone`."""

    number: int
    meaning: str
    reason: str | None = None


@dataclass(frozen=True)
class Count:
    """GitHub's totals of one pull request, asked for alone.

    `comments_total` is null where only the total of all comments was asked for.
    """

    github_id: int
    node_id: str
    number: int
    created_at: str
    updated_at: str
    reviews_total: int
    all_comments_total: int
    comments_total: int | None = None


@dataclass(frozen=True)
class Settled:
    """Whether a row in doubt exists, by its own address; null where GitHub did not tell."""

    kind: str
    github_id: int
    exists: bool | None


@dataclass(frozen=True)
class Harvest:
    """Everything that one step stores. `accounts` holds at least the authors of all items."""

    captured: tuple[Captured, ...] = ()
    accounts: tuple[Account, ...] = ()
    items: tuple[Item, ...] = ()
    lists: tuple[ConnectionProgress, ...] = ()
    numbers: tuple[Number, ...] = ()
    counts: tuple[Count, ...] = ()
    unreadable: tuple[Skipped, ...] = ()
    doubts: tuple[Settled, ...] = ()

    @cached_property
    def document(self) -> Document:
        """The rows as JSON. It is made once: that takes long."""
        return Document(json.dumps(self.rows))

    @property
    def size(self) -> int:
        """How many rows it has, of all kinds that are counted."""
        return sum(len(self.rows.get(kind, ())) for kind in KINDS)

    @cached_property
    def rows(self) -> dict[str, list[Row]]:
        """The rows by kind, every account once; kinds without a row are left out."""
        captured = self.captured
        accounts = chain(self.accounts, (a for c in captured for a in c.accounts))
        items = [*chain.from_iterable((*c.reviews, *c.comments) for c in captured), *self.items]
        found: dict[str, Iterable[object]] = {
            "contributors": _fullest(accounts).values(),
            "pull_requests": (c.pull_request for c in captured if c.pull_request),
            "reviews": (i for i in items if isinstance(i, Review)),
            "comments": (i for i in items if isinstance(i, Comment)),
            "review_comments": (i for i in items if isinstance(i, ReviewComment)),
            "continuations": (n for c in captured for n in c.continuations),
            "skipped": [
                *(c.skipped for c in captured if c.skipped),
                *chain.from_iterable(c.unreadable for c in captured),
                *self.unreadable,
            ],
            "lists": self.lists,
            "numbers": self.numbers,
            "counts": self.counts,
            "doubts": self.doubts,
        }
        listed = {kind: [vars(record) for record in records] for kind, records in found.items()}
        return {kind: rows for kind, rows in listed.items() if rows}

    @property
    def shown_ids(self) -> tuple[int, ...]:
        """The items that GitHub showed, those too that cannot be read."""
        unreadable = (skipped.github_id for skipped in self.unreadable)
        return (*(item.github_id for item in self.items), *(i for i in unreadable if i))

    def slices(self, byte_limit: int = COMMIT_BYTES) -> "tuple[Harvest, ...]":
        """Return it in commits of at most `byte_limit` bytes, the last one with the rest."""
        if len(self.document) <= byte_limit:
            return (self,)
        authors = {account.github_id: account for account in self.accounts}
        groups = list(_groups(((item, weight(item)) for item in self.items), byte_limit))
        if len(groups) < 2:
            return (self,)
        begun = [
            Harvest(accounts=_authors_of(group, authors), items=tuple(group)) for group in groups
        ]
        return (*begun[:-1], replace(self, items=tuple(groups[-1])))


@dataclass(frozen=True)
class Commit:
    """The rows that are stored at once, and where their source stands after them.

    `page` holds what GitHub shows of the repository. `listed` says which part of a list a page
    covers (see `backfill_doubt_unseen_v1`). `ends_turn` gives the lease back although the pass is
    not finished.
    """

    harvest: Harvest
    position: Position | None
    finished: bool = False
    page: Page | None = None
    ends_turn: bool = False
    listed: Mapping[str, Any] | None = None


def sliced(
    harvest: Harvest,
    before: Position | None,
    after: Position | None,
    *,
    finished: bool = False,
    page: Page | None = None,
) -> tuple[Commit, ...]:
    """Return the commits of a harvest: only the last moves the pass on."""
    *first, last = harvest.slices()
    return (
        *(Commit(part, before) for part in first),
        Commit(last, after, finished=finished, page=page),
    )


@dataclass(frozen=True)
class Batch:
    """The part of a page that one commit stores, and the cursor where it ends."""

    items: tuple[Captured, ...] = ()
    end_cursor: str | None = None
    has_next_page: bool = False

    @cached_property
    def harvest(self) -> Harvest:
        """The rows that it stores."""
        return Harvest(self.items)


def _fullest(accounts: Iterable[Account]) -> dict[int, Account]:
    """Return every account once; one that GitHub described in full wins over a brief one."""
    found: dict[int, Account] = {}
    for account in accounts:
        known = found.get(account.github_id)
        # REST's lists name an author without display name or age.
        if known is None or known.is_brief:
            found[account.github_id] = account
    return found


def _authors_of(items: Iterable[Item], authors: dict[int, Account]) -> tuple[Account, ...]:
    wanted = dict.fromkeys(item.author_github_id for item in items)
    return tuple(authors[github_id] for github_id in wanted)


def split(page: Page, byte_limit: int = COMMIT_BYTES) -> tuple[Batch, ...]:
    """Cut a page into commits of at most `byte_limit` bytes, each with at least one pull request.

    A pull request that is too large alone is stored without its lists, which are queued.
    """
    whole = Batch(page.items, page.end_cursor, page.has_next_page)
    if len(whole.harvest.document) <= byte_limit:
        return (whole,)
    groups = list(_groups((_weighed(item, byte_limit) for item in page.items), byte_limit))
    inner = [Batch(tuple(g), g[-1].cursor, has_next_page=True) for g in groups[:-1]]
    return (*inner, Batch(tuple(groups[-1]), page.end_cursor, page.has_next_page))


def weight(item: Captured | Item) -> int:
    """Return what an item weighs as JSON, in bytes: a pull request as if alone in a commit."""
    if isinstance(item, Captured):
        return len(Harvest((item,)).document)
    return len(json.dumps(vars(item)))


def _weighed(item: Captured, byte_limit: int) -> tuple[Captured, int]:
    """Return an item, without its lists if it is too large alone, and what it weighs."""
    size = weight(item)
    if size <= byte_limit:
        return item, size
    # A list of thousands of long comments: its connections are read page by page later.
    lighter = item.without_items()
    return lighter, weight(lighter)


def _groups(weighed: Iterable[tuple[T, int]], byte_limit: int) -> Iterator[list[T]]:
    """Put things together in their order until they weigh too much."""
    group: list[T] = []
    size = 0
    for thing, added in weighed:
        # One thing alone may be too large: it still has to be sent.
        if group and size + added > byte_limit:
            yield group
            group, size = [], 0
        group.append(thing)
        size += added
    if group:
        yield group


def trimmed_page(page: Page, storage: Storage) -> Page:
    """Return a page with what is kept of its texts."""
    if storage.is_full:
        return page
    return replace(page, items=tuple(_captured(item, storage) for item in page.items))


def trimmed_harvest(harvest: Harvest, storage: Storage) -> Harvest:
    """Return a harvest with what is kept of its texts."""
    if storage.is_full:
        return harvest
    return replace(
        harvest,
        captured=tuple(_captured(item, storage) for item in harvest.captured),
        items=tuple(_item(item, storage) for item in harvest.items),
    )


def _captured(captured: Captured, storage: Storage) -> Captured:
    pull_request = captured.pull_request
    if pull_request:
        pull_request = replace(pull_request, body=storage.bodies.of(pull_request.body))
    bodies = storage.bodies
    return replace(
        captured,
        pull_request=pull_request,
        reviews=tuple(replace(r, body=bodies.of(r.body)) for r in captured.reviews),
        comments=tuple(replace(c, body=bodies.of(c.body)) for c in captured.comments),
    )


def _item(item: Item, storage: Storage) -> Item:
    if isinstance(item, ReviewComment):
        item = replace(item, diff_hunk=storage.diff_hunks.of(item.diff_hunk))
    return replace(item, body=storage.bodies.of(item.body))
