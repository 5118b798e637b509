"""Resolvers of connections: lists in pages, counted and paged as GitHub does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from graphql import SelectionSetNode

from contributor_backfill.sandbox.accounts import Account
from contributor_backfill.sandbox.graphql.context import Info
from contributor_backfill.sandbox.graphql.errors import GitHubError
from contributor_backfill.sandbox.graphql.pages import (
    Listed,
    Page,
    Paging,
    page_of,
    paging_of,
    window,
)
from contributor_backfill.sandbox.ids import Key, node_id_of
from contributor_backfill.sandbox.pull_requests.records import (
    PullRequest,
    Review,
    ReviewThread,
    comments_of,
)
from contributor_backfill.sandbox.repositories import Repository


@dataclass(frozen=True, slots=True)
class Named:
    """Something of a repository that has little more than a name."""

    PREFIX: ClassVar[str] = ""

    repository_id: int
    position: int
    name: str

    @property
    def key(self) -> Key:
        """Return its key: such things are listed by name."""
        return self.name, self.position

    @property
    def node_id(self) -> str:
        """Return the global node id."""
        return node_id_of(self.PREFIX, self.repository_id, database_id=self.position)


@dataclass(frozen=True, slots=True)
class Label(Named):
    """A label."""

    PREFIX: ClassVar[str] = "LA"
    color: ClassVar[str] = "d73a4a"


@dataclass(frozen=True, slots=True)
class Topic(Named):
    """A topic, both as the thing and as the repository's use of it."""

    PREFIX: ClassVar[str] = "MT"

    @property
    def topic(self) -> "Topic":
        """Return the topic of a repository's topic."""
        return self


@dataclass(frozen=True, slots=True)
class Branch(Named):
    """A branch."""

    PREFIX: ClassVar[str] = "REF"
    prefix: ClassVar[str] = "refs/heads/"


@dataclass(frozen=True, slots=True)
class Language(Named):
    """A programming language."""

    PREFIX: ClassVar[str] = "LAN"
    color: ClassVar[str] = "#3572A5"


@dataclass(frozen=True, slots=True)
class License(Named):
    """A licence by its SPDX id."""

    PREFIX: ClassVar[str] = "LIC"

    @property
    def spdx_id(self) -> str:
        """Return the SPDX id."""
        return self.name


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit by its hash."""

    repository_id: int
    oid: str

    @property
    def node_id(self) -> str:
        """Return the global node id."""
        return node_id_of("C", self.repository_id, database_id=int(self.oid[:12], 16))


@dataclass(frozen=True, slots=True)
class Assignee:
    """A user at a place in the list of assignees."""

    position: int
    account: Account

    @property
    def key(self) -> Key:
        """Return its key: assignees are listed in the order of their assignment."""
        return "", self.position


Resolver = Callable[..., Any]


def pull_requests(repository: Repository, info: Info, **arguments: Any) -> Page:
    """Return a page of a repository's pull requests, by default the oldest first."""
    paging = info.context.effects.shorten(_paging(info, arguments))
    wanted = arguments.get("orderBy") or {"field": "CREATED_AT", "direction": "ASC"}
    if wanted["field"] == "COMMENTS":
        raise GitHubError("", "The sandbox does not order pull requests by comments.")
    order = repository.order(wanted["field"], frozenset(arguments.get("states") or ()))
    view = window(order.keys, paging, descending=wanted["direction"] == "DESC")
    numbers = [order.numbers[position] for position in view.positions]
    info.context.work.numbers.extend(numbers)
    info.context.work.nodes += len(numbers)
    found = [repository.pull_request(number) for number in numbers]
    info.context.work.changed_files += sum(each.changed_files for each in found if each)
    info.context.work.characters += sum(map(_characters, found))
    page = Page(
        total_count=len(order.keys) + repository.total_surplus,
        nodes=found,
        keys=[order.keys[position] for position in view.positions],
        has_next_page=view.has_next_page,
        has_previous_page=view.has_previous_page,
    )
    return info.context.effects.mar(page, arguments.get("after"))


def reviews(pull_request: PullRequest, info: Info, **arguments: Any) -> Page:
    """Return a page of reviews, oldest first; those still being written are among them."""
    states = arguments.get("states")
    wanted = [r for r in pull_request.reviews if states is None or r.state in states]
    return _nested(pull_request, wanted, info, arguments)


def comments(pull_request: PullRequest, info: Info, **arguments: Any) -> Page:
    """Return a page of the conversation, oldest first."""
    return _nested(pull_request, pull_request.comments, info, arguments)


def review_threads(pull_request: PullRequest, info: Info, **arguments: Any) -> Page:
    """Return a page of the threads on the diff, oldest first."""
    return _nested(pull_request, pull_request.review_threads, info, arguments)


def labels(pull_request: PullRequest, info: Info, **arguments: Any) -> Page:
    """Return a page of labels."""
    items = [
        Label(pull_request.repository_id, position, name)
        for position, name in enumerate(pull_request.labels)
    ]
    return _nested(pull_request, items, info, arguments)


def assignees(pull_request: PullRequest, info: Info, **arguments: Any) -> Page:
    """Return a page of the users that were asked to take care of it."""
    people = (info.context.world.account(account_id) for account_id in pull_request.assignee_ids)
    items = [Assignee(position, user) for position, user in enumerate(people) if user is not None]
    page = _page(items, info, arguments)
    return Page(
        page.total_count,
        [item.account for item in page.nodes],
        page.keys,
        page.has_next_page,
        page.has_previous_page,
    )


def commits(pull_request: PullRequest, _: Info, **__: Any) -> Page:
    """Return the number of commits; the sandbox has no commits to show."""
    return Page(pull_request.commits)


def thread_comments(thread: ReviewThread, info: Info, **arguments: Any) -> Page:
    """Return a page of one thread, oldest first."""
    return _page(_whole(thread, thread.comments, info), info, arguments)


def review_comments(review: Review, info: Info, **arguments: Any) -> Page:
    """Return a page of the comments on the diff that came with a review."""
    pull_request = info.context.world.repositories[review.repository_id].pull_request(review.number)
    items = [] if pull_request is None else comments_of(review, pull_request)
    return _page(_whole(review, items, info), info, arguments)


def repositories(owner: Account, info: Info, **arguments: Any) -> Page:
    """Return a page of an owner's repositories, by name."""
    order = arguments.get("orderBy") or {"field": "NAME", "direction": "ASC"}
    if order["field"] != "NAME":
        raise GitHubError("", f"The sandbox does not order repositories by {order['field']}.")
    wanted = {"isFork": "is_fork", "isArchived": "is_archived"}
    found = [
        repository
        for repository in info.context.world.owned_by(owner.login)
        if all(
            arguments.get(argument) in (None, getattr(repository.facts, fact))
            for argument, fact in wanted.items()
        )
    ]
    keys = [(each.facts.name.lower(), each.facts.database_id) for each in found]
    view = window(keys, _paging(info, arguments), descending=order["direction"] == "DESC")
    info.context.work.nodes += len(view.positions)
    return Page(
        total_count=len(keys),
        nodes=[found[position] for position in view.positions],
        keys=[keys[position] for position in view.positions],
        has_next_page=view.has_next_page,
        has_previous_page=view.has_previous_page,
    )


def topics(repository: Repository, info: Info, **arguments: Any) -> Page:
    """Return a page of a repository's topics."""
    names = ("rehearsal", "sandbox")
    items = [
        Topic(repository.facts.database_id, position, name) for position, name in enumerate(names)
    ]
    return _page(items, info, arguments)


def watchers(repository: Repository, info: Info, **arguments: Any) -> Page:
    """Return the number of watchers, of whom none can be seen."""
    _paging(info, arguments)
    return Page(1 + repository.facts.database_id % 97)


def issues(repository: Repository, _: Info, **__: Any) -> Page:
    """Return the number of issues."""
    return Page(repository.facts.open_issues)


def _nested(
    pull_request: PullRequest,
    items: Sequence[Listed],
    info: Info,
    arguments: dict[str, Any],
) -> Page:
    return _page(_whole(pull_request, items, info), info, arguments)


def _whole(
    parent: PullRequest | Review | ReviewThread, items: Sequence[Listed], info: Info
) -> Sequence[Listed]:
    """Return what is listed in a pull request or below, as far as no fault leaves some out."""
    return info.context.effects.omit(items, parent.number)


def _page(items: Sequence[Listed], info: Info, arguments: dict[str, Any]) -> Page:
    page = page_of(items, _paging(info, arguments))
    info.context.work.nodes += len(page.nodes)
    info.context.work.characters += sum(map(_characters, page.nodes))
    return page


def _characters(listed: object) -> int:
    """Return how long the text of something is; most things have none."""
    return len(getattr(listed, "body", None) or "")


def _paging(info: Info, arguments: dict[str, Any]) -> Paging:
    only_total = all(_asks_only_total(node.selection_set) for node in info.field_nodes)
    limit = info.context.limits.page_limit
    return paging_of(info.field_name, arguments, limit=limit, only_total=only_total)


def _asks_only_total(selection_set: SelectionSetNode | None) -> bool:
    """Return whether nothing but `totalCount` is selected; a fragment counts as more."""
    selections = selection_set.selections if selection_set else ()
    names = {getattr(getattr(each, "name", None), "value", "") for each in selections}
    return names <= {"totalCount", "__typename"}
