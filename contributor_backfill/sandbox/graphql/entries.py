"""Resolvers of the ways into the graph: by name, by node id, and about the request itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from contributor_backfill.sandbox.graphql.context import Context, Info
from contributor_backfill.sandbox.graphql.graphql_errors import (
    GitHubError,
    access_blocked,
    node_not_found,
    repository_not_found,
    saml,
    too_many_node_ids,
)
from contributor_backfill.sandbox.people.accounts import VIEWER, Account
from contributor_backfill.sandbox.pull_requests.records import PullRequest
from contributor_backfill.sandbox.repositories.records import Access, Repository
from contributor_backfill.sandbox.world import node_ids, timestamps
from contributor_backfill.sandbox.world.node_ids import NodeId

_PEOPLE = frozenset({"U", "BOT", "M", "O", "EUA"})


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What a query cost and what is left of the hour."""

    cost: int
    limit: int
    node_count: int
    remaining: int
    reset_at: str
    used: int


def rate_limit(_: None, info: Info, **__: Any) -> RateLimit:
    """Return the price of this query and the standing after it."""
    standing = info.context.standing
    return RateLimit(
        cost=info.context.shape.points,
        limit=standing.limit,
        node_count=info.context.shape.nodes,
        remaining=standing.remaining,
        reset_at=timestamps.to_text(standing.reset_at),
        used=standing.used,
    )


def viewer(_: None, __: Info) -> Account:
    """Return the account every token belongs to."""
    return VIEWER


def repository(
    _: None, info: Info, owner: str, name: str, *, follow_renames: bool = True
) -> Repository | None:
    """Return a repository by its present name or one that it had."""
    if info.context.shape.dry_run:
        return None
    asked = f"{owner}/{name}"
    info.context.effects.refuse_access(repository_not_found(asked))
    found = info.context.world.find(asked, follow_renames=follow_renames)
    return _open(found, repository_not_found(asked))


def repository_owner(_: None, info: Info, login: str) -> Account | None:
    """Return the owner of a repository; null for a name that nobody has."""
    owned = info.context.world.owned_by(login)
    return owned[0].owner if owned and not info.context.shape.dry_run else None


# GitHub's argument is called `id`.
def node(_: None, info: Info, node_id: str) -> object | None:
    """Return the thing of a node id."""
    if info.context.shape.dry_run:
        return None
    info.context.effects.refuse_access(node_not_found(node_id))
    return _resolve(info.context, node_id)


def nodes(_: None, info: Info, ids: list[str]) -> list[object]:
    """Return the things of up to 100 node ids; an unknown id is null and an error."""
    limit = info.context.limits.node_ids_limit
    if len(ids) > limit:
        raise too_many_node_ids(len(ids), limit)
    return (
        []
        if info.context.shape.dry_run
        else [_resolved_or_error(info.context, each) for each in ids]
    )


def _resolved_or_error(context: Context, node_id: str) -> object:
    try:
        context.effects.refuse_access(node_not_found(node_id))
        return _resolve(context, node_id)
    except GitHubError as error:
        return error  # the executor raises an exception in a list at its place


def _resolve(context: Context, node_id: str) -> object:
    unknown = node_not_found(node_id)
    decoded = node_ids.decode(node_id)
    if decoded is None:
        raise unknown
    if decoded.prefix in _PEOPLE:
        account = context.world.account(decoded.repository_id)
        if account is None:
            raise unknown
        return account
    found = _open(context.world.repositories.get(decoded.repository_id), unknown)
    thing = found if decoded.prefix == "R" else _inside(found, decoded)
    if thing is None:
        raise unknown
    context.work.nodes += 1
    if isinstance(thing, PullRequest):
        context.work.numbers.append(thing.number)
    return thing


def _open(found: Repository | None, not_found: GitHubError) -> Repository:
    if found is None or found.access in (Access.GONE, Access.PRIVATE):
        raise not_found
    if found.access is Access.SAML:
        raise saml()
    if found.access is Access.BLOCKED:
        raise access_blocked()
    return found


def _inside(found: Repository, wanted: NodeId) -> object | None:
    """Return an issue, a pull request or something in it."""
    if wanted.prefix == "I":
        return found.issue(wanted.number)
    pull_request = found.pull_request(wanted.number)
    lists = _LISTS.get(wanted.prefix)
    if pull_request is None or wanted.prefix == "PR":
        return pull_request
    items = lists(pull_request) if lists else ()
    return next((item for item in items if item.database_id == wanted.database_id), None)


_LISTS: Mapping[str, Callable[[PullRequest], Any]] = {
    "PRR": lambda pull_request: pull_request.reviews,
    "IC": lambda pull_request: pull_request.comments,
    "PRRT": lambda pull_request: pull_request.review_threads,
    "PRRC": lambda pull_request: pull_request.review_comments,
}
