"""One repository: what is in it, in which order GitHub lists it, and what tokens may not do."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from contributor_backfill.sandbox.accounts import Account
from contributor_backfill.sandbox.actions.records import Actions
from contributor_backfill.sandbox.ids import Key, node_id_of
from contributor_backfill.sandbox.invention.pull_requests import LABELS, Source, built
from contributor_backfill.sandbox.issues.records import Issue, Issues, Labels
from contributor_backfill.sandbox.pull_requests.records import (
    Head,
    Item,
    PullRequest,
    ReviewCommentIndex,
)

EVERY_TOKEN = ""
"""Stands for all tokens."""


class Level(StrEnum):
    """The reach of a permission; without READ there is no WRITE either."""

    READ = "read"
    WRITE = "write"


class Permissions:
    """The permissions that are missing. A token has every other one."""

    def __init__(self) -> None:
        self._missing: set[tuple[str, str, Level]] = set()

    def take(self, token: str, permission: str, level: Level) -> None:
        """Take a permission such as `issues` from a token."""
        self._missing.add((token, permission, level))

    def give(self, token: str, permission: str) -> None:
        """Give a permission back, in full."""
        self._missing -= {(token, permission, level) for level in Level}

    def allow(self, token: str, permission: str, level: Level) -> bool:
        """Return whether a token has a permission."""
        return not any(
            (holder, permission, taken) in self._missing
            for holder in (token, EVERY_TOKEN)
            for taken in (Level.READ, level)  # who may not read may not write
        )


class Access(StrEnum):
    """A token's access to a repository. GONE and PRIVATE look the same from outside.

    BLOCKED is a repository that GitHub's staff took down.
    """

    OPEN = "open"
    GONE = "gone"
    PRIVATE = "private"
    SAML = "saml"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class RepositoryFacts:
    """A repository without the pull requests in it.

    Something was pushed to it at `pushed_at`, or, if that is empty, at whatever moment it is.
    """

    database_id: int
    owner: str
    name: str
    created_at: str
    updated_at: str
    is_private: bool = False
    open_issues: int = 0
    is_archived: bool = False
    is_fork: bool = False
    default_branch: str = "main"
    pushed_at: str = ""

    @property
    def node_id(self) -> str:
        """Return the global node id."""
        return node_id_of("R", self.database_id)

    @property
    def name_with_owner(self) -> str:
        """Return `owner/name`."""
        return f"{self.owner}/{self.name}"

    @property
    def url(self) -> str:
        """Return the address of its page."""
        return f"https://github.com/{self.name_with_owner}"

    def item_url(self, item: PullRequest | Item) -> str:
        """Return the address of a pull request or of something on its page."""
        page = f"{self.url}/pull/{item.number}"
        return f"{page}{item.ANCHOR}{item.database_id}" if isinstance(item, Item) else page


@dataclass(frozen=True, slots=True)
class Order:
    """Pull requests in ascending order: their keys, and their numbers at the same positions."""

    keys: Sequence[Key]
    numbers: Sequence[int]


class Repository:
    """A repository whose pull requests are built when they are asked for.

    It holds one head per pull request, and those that were changed.
    """

    def __init__(self, facts: RepositoryFacts, source: Source, heads: Iterable[Head]) -> None:
        self.facts = facts
        self.source = source
        self.access = Access.OPEN
        self.pull_requests_enabled = True
        self.total_surplus = 0
        self.actions = Actions(facts.database_id)
        self.issues = Issues()
        self.labels = Labels(facts.database_id, LABELS)
        self._heads = {head.number: head for head in heads}
        self._next_ordinal = len(self._heads)
        self._highest = max(self._heads, default=0)
        self._deleted: set[int] = set()
        self._added = 0
        self._review_comments: ReviewCommentIndex | None = None
        self._changed: dict[int, PullRequest] = {}
        self._orders: dict[tuple[str, frozenset[str]], Order] = {}

    def order(self, field: str, states: frozenset[str]) -> Order:
        """Return the list under `CREATED_AT` or `UPDATED_AT`; no states means all of them."""
        if not self.pull_requests_enabled:
            return Order((), ())
        order = self._orders.get((field, states))
        if order is None:
            order = self._orders[field, states] = self._sort(field, states)
        return order

    def pull_request(self, number: int) -> PullRequest | None:
        """Return a pull request with everything in it."""
        if number in self._changed:
            return self._changed[number]
        head = self._heads.get(number)
        return None if head is None else built(self.source, head)

    def issue(self, number: int) -> Issue | None:
        """Return the issue of a number that no pull request has or had."""
        if number in self.issues.departed:
            return None
        # Issues and pull requests share one row of numbers, so that every gap among the pull
        # requests is an issue, but for those that were deleted.
        is_free = number not in self._heads and number not in self._deleted
        is_issue = is_free and 0 < number < self._highest
        return self.issues.get(number) or (self._invented_issue(number) if is_issue else None)

    def all_issues(self) -> Iterator[Issue]:
        """Yield every issue, by number."""
        for number in range(1, self.next_number):
            issue = self.issue(number)
            if issue is not None:
                yield issue

    def put_issue(self, issue: Issue) -> None:
        """Add an issue or replace the one of the same number."""
        self.issues.put(issue)
        self._highest = max(self._highest, issue.number)

    def issue_id(self, number: int) -> int:
        """Return the id of an issue, which a pull request has besides its own."""
        return self.source.lists.numbering.issue_id(number)

    @property
    def next_number(self) -> int:
        """Return the number of the next issue or pull request."""
        return self._highest + 1

    @property
    def owner(self) -> Account:
        """Return the organization it belongs to."""
        facts = self.facts
        return Account("Organization", facts.database_id, facts.owner, None, facts.created_at)

    def review_comments(self) -> ReviewCommentIndex:
        """Return the index of all comments on the diff; the first call builds everything once."""
        if not self.pull_requests_enabled:
            return ReviewCommentIndex(())
        # Not before somebody asks: only REST lists them, and building all takes its time.
        if self._review_comments is None:
            self._review_comments = ReviewCommentIndex(self.newest_first())
        return self._review_comments

    def newest_first(self) -> Iterator[PullRequest]:
        """Yield every pull request that exists at this moment."""
        for number in reversed(self.order("CREATED_AT", frozenset()).numbers):
            pull_request = self.pull_request(number)
            if pull_request is not None:
                yield pull_request

    def new_head(self, moment: str) -> Head:
        """Return the head of a pull request that is opened at `moment`."""
        ordinal = self._next_ordinal
        return Head(
            ordinal=ordinal,
            number=self.next_number,
            database_id=self.source.lists.numbering.pull_request_id(ordinal),
            created_at=moment,
            updated_at=moment,
            state="OPEN",
        )

    def new_item_id(self) -> int:
        """Return an id that no review or comment of the repository has or had."""
        self._added += 1
        return self.source.lists.numbering.added_id(self._added)

    def put(self, pull_request: PullRequest) -> None:
        """Add a pull request or replace the one of the same number."""
        self._heads[pull_request.number] = pull_request
        self._changed[pull_request.number] = pull_request
        self._next_ordinal = max(self._next_ordinal, pull_request.ordinal + 1)
        self._highest = max(self._highest, pull_request.number)
        self._orders.clear()
        if self._review_comments is not None:
            self._review_comments.put(pull_request)

    def remove(self, number: int) -> None:
        """Delete a pull request, as GitHub's staff can."""
        self._heads.pop(number, None)
        self._changed.pop(number, None)
        # GitHub never gives a number out again, and no issue takes it over.
        self._deleted.add(number)
        self._orders.clear()
        if self._review_comments is not None:
            self._review_comments.remove(number)

    def _invented_issue(self, number: int) -> Issue:
        users = self.source.lists.people.users
        return Issue(
            repository_id=self.facts.database_id,
            number=number,
            database_id=self.issue_id(number),
            created_at=self.facts.created_at,
            updated_at=self.facts.created_at,
            title=f"Issue {number}",
            author_id=users[number % len(users)],
        )

    def _sort(self, field: str, states: frozenset[str]) -> Order:
        listed = [head for head in self._heads.values() if not states or head.state in states]
        pairs = sorted((_key(head, field), head.number) for head in listed)
        return Order([key for key, _ in pairs], [number for _, number in pairs])


def _key(head: Head, field: str) -> Key:
    return (head.updated_at if field == "UPDATED_AT" else head.created_at), head.database_id
