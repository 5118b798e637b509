"""Resolvers of connections: lists in pages, counted and paged as GitHub does."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from graphql import SelectionSetNode

from contributor_backfill.sandbox.accounts import Account
from contributor_backfill.sandbox.graphql.context import Info
from contributor_backfill.sandbox.graphql.errors import GitHubError
from contributor_backfill.sandbox.graphql.pages import Listed, Page, Paging, paging_of
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
    """Something of a repository that has little more than a name, such as a label."""

    prefix_of_id: str
    repository_id: int
    name: str
    position: int = 0

    @property
    def key(self) -> Key:
        """Return its key: such things are listed by name."""
        return self.name, self.position

    @property
    def node_id(self) -> str:
        """Return the global node id."""
        return node_id_of(self.prefix_of_id, self.repository_id, database_id=self.position)


def pull_requests(repository: Repository, info: Info, **arguments: Any) -> Page:
    """Return a page of a repository's pull requests, by default the oldest first."""
    paging = info.context.effects.shorten(_paging(info, arguments))
    wanted = arguments.get("orderBy") or {"field": "CREATED_AT", "direction": "ASC"}
    if wanted["field"] == "COMMENTS":
        raise GitHubError("", "The sandbox does not order pull requests by comments.")
    order = repository.order(wanted["field"], frozenset(arguments.get("states") or ()))
    page = Page.of(order.numbers, order.keys, paging, descending=wanted["direction"] == "DESC")
    found = [repository.pull_request(number) for number in page.nodes]
    work = info.context.work
    work.numbers.extend(page.nodes)
    work.nodes += len(found)
    work.changed_files += sum(pull_request.changed_files for pull_request in found if pull_request)
    work.characters += sum(map(_characters, found))
    total = page.total_count + repository.total_surplus
    return info.context.effects.mar(
        replace(page, nodes=found, total_count=total), arguments.get("after")
    )


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
        Named("LA", pull_request.repository_id, name, position)
        for position, name in enumerate(pull_request.labels)
    ]
    return _nested(pull_request, items, info, arguments)


def assignees(pull_request: PullRequest, info: Info, **arguments: Any) -> Page:
    """Return a page of the users that were asked to take care of it, in that order."""
    people = (info.context.world.account(account_id) for account_id in pull_request.assignee_ids)
    items = [(("", position), user) for position, user in enumerate(people) if user is not None]
    keys, users = [key for key, _ in items], [user for _, user in items]
    return _counted(info, Page.of(users, keys, _paging(info, arguments)))


def commits(pull_request: PullRequest, _: Info, **__: Any) -> Page:
    """Return the number of commits; the sandbox has no commits to show."""
    return Page(pull_request.commits)


def thread_comments(thread: ReviewThread, info: Info, **arguments: Any) -> Page:
    """Return a page of one thread, oldest first."""
    return _nested(thread, thread.comments, info, arguments)


def review_comments(review: Review, info: Info, **arguments: Any) -> Page:
    """Return a page of the comments on the diff that came with a review."""
    pull_request = info.context.world.repositories[review.repository_id].pull_request(review.number)
    items = [] if pull_request is None else comments_of(review, pull_request)
    return _nested(review, items, info, arguments)


def repositories(owner: Account, info: Info, **arguments: Any) -> Page:
    """Return a page of an owner's repositories, by name."""
    order = arguments.get("orderBy") or {"field": "NAME", "direction": "ASC"}
    if order["field"] != "NAME":
        raise GitHubError("", f"The sandbox does not order repositories by {order['field']}.")
    found = [
        repository
        for repository in info.context.world.owned_by(owner.login)
        if arguments.get("isFork") in (None, repository.facts.is_fork)
        and arguments.get("isArchived") in (None, repository.facts.is_archived)
    ]
    keys = [(repository.facts.name.lower(), repository.facts.database_id) for repository in found]
    is_descending = order["direction"] == "DESC"
    return _counted(info, Page.of(found, keys, _paging(info, arguments), descending=is_descending))


def topics(repository: Repository, info: Info, **arguments: Any) -> Page:
    """Return a page of a repository's topics."""
    items = [
        Named("MT", repository.facts.database_id, name, position)
        for position, name in enumerate(("rehearsal", "sandbox"))
    ]
    return _page(items, info, arguments)


def watchers(repository: Repository, info: Info, **arguments: Any) -> Page:
    """Return the number of watchers, of whom none can be seen."""
    _paging(info, arguments)  # only for what it refuses
    return Page(1 + repository.facts.database_id % 97)


def issues(repository: Repository, _: Info, **__: Any) -> Page:
    """Return the number of issues."""
    return Page(repository.facts.open_issues)


def _nested(
    parent: PullRequest | Review | ReviewThread,
    items: Sequence[Listed],
    info: Info,
    arguments: dict[str, Any],
) -> Page:
    """Return a page of what is in a pull request or below, as far as no fault leaves some out."""
    return _page(info.context.effects.omit(items, parent.number), info, arguments)


def _page(items: Sequence[Listed], info: Info, arguments: dict[str, Any]) -> Page:
    page = Page.of(items, [item.key for item in items], _paging(info, arguments))
    info.context.work.characters += sum(map(_characters, page.nodes))
    return _counted(info, page)


def _counted(info: Info, page: Page) -> Page:
    info.context.work.nodes += len(page.nodes)
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
    names = {getattr(getattr(node, "name", None), "value", "") for node in selections}
    return names <= {"totalCount", "__typename"}
