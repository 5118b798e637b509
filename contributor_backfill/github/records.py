"""GitHub's documents as records: accounts, pull requests, reviews and comments.

Everything that is odd about them is settled here. A null author is a deleted account, which is
GitHub's own ghost user. Ids come as strings where they outgrow 32 bits. NUL and lone surrogates,
which no Postgres text can hold, are removed. GitHub's schema lets more be null than it ever was,
and words are added to its enums: one item that cannot be read costs itself alone, never its page.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from contributor_backfill.domain.records import (
    GHOST,
    Account,
    Captured,
    Comment,
    Continuation,
    Page,
    PullRequest,
    Review,
    ReviewComment,
    Skipped,
)
from contributor_backfill.github.http import clean, reason

T = TypeVar("T")
MISSHAPEN = (AttributeError, KeyError, TypeError, ValueError)
"""Exceptions of reading a document that has another shape than GitHub's."""


def needed(document: Mapping[str, Any], key: str) -> Any:
    """Return a value that must be there. Raises `ValueError`."""
    value = document.get(key)
    if value is None:
        raise ValueError(f"GitHub gives no {key}.")
    return value


def whole(document: Mapping[str, Any], key: str, *, bits: int = 63) -> int:
    """Return a number above zero that a column can hold. Raises `ValueError`."""
    value = int(needed(document, key))
    if not 0 < value < 2**bits:
        raise ValueError(f"GitHub gives {value} as {key}.")
    return value


def moment(document: Mapping[str, Any], key: str) -> str:
    """Return a time as GitHub wrote it. Raises `ValueError`."""
    value = str(needed(document, key))
    if datetime.fromisoformat(value).tzinfo is None:
        raise ValueError(f"GitHub gives {value!r} as {key}.")
    return value


def readable(
    documents: Iterable[Any], read: Callable[[Any], T], kind: str, number: int | None = None
) -> tuple[list[T], tuple[Skipped, ...]]:
    """Return what can be read, and a record of each item that cannot."""
    found: list[T] = []
    unreadable: list[Skipped] = []
    for index, document in enumerate(documents):
        try:
            found.append(read(document))
        except MISSHAPEN as error:
            where = f"{kind} {index} of #{number}"
            unreadable.append(skipped(document, error, kind=kind, number=number, cursor=where))
    return found, tuple(unreadable)


def skipped(
    document: Any,
    error: Exception | str,
    *,
    cursor: str,
    kind: str = "pull_requests",
    number: int | None = None,
) -> Skipped:
    """Return the record of an item that cannot be read, with as much as it says of itself."""
    given = document if isinstance(document, dict) else {}
    github_id = _known(given, "fullDatabaseId", 63) or _known(given, "id", 63)
    message = str(error) if type(error) in {str, ValueError} else f"It is misshapen: {error!r}"
    return Skipped(
        github_id=github_id,
        number=number or _known(given, "number", 31) or _number_in_address(given),
        cursor=clean(cursor) or "",
        message=reason(message),
        kind=kind,
    )


def _number_in_address(document: Mapping[str, Any]) -> int | None:
    """Return the number that ends the address of the pull request on which a comment hangs."""
    ending = str(document.get("pull_request_url") or "").rpartition("/")[2]
    return _known({"number": ending}, "number", 31)


def _known(document: Mapping[str, Any], key: str, bits: int) -> int | None:
    try:
        return whole(document, key, bits=bits)
    except MISSHAPEN:
        return None


Node = dict[str, Any]


def account(node: Node | None) -> Account:
    """Return the account of an actor, the ghost for a deleted one.

    An enterprise's account has the id of the user behind it.
    """
    if not node:
        return GHOST
    kind = str(node.get("__typename"))
    github_id = node.get("databaseId") or (node.get("user") or {}).get("databaseId")
    if not github_id:
        return GHOST
    login = str(needed(node, "login"))
    # GraphQL leaves off the suffix that a bot has elsewhere; a user may have the bare name.
    if kind == "Bot" and not login.endswith("[bot]"):
        login += "[bot]"
    return Account(
        github_id=int(github_id),
        username=login,
        account_type=kind,
        display_name=clean(node.get("name")),
        avatar_url=node.get("avatarUrl"),
        profile_url=node.get("url"),
        is_bot=kind == "Bot" or login.endswith("[bot]"),
        github_created_at=node.get("createdAt"),
    )


def rest_account(user: Node | None) -> Account:
    """Return the account of a REST user, which says less than GraphQL does."""
    # REST names the ghost itself as the author of what a deleted account wrote.
    if not user or user.get("id") in {None, GHOST.github_id}:
        return GHOST
    login, kind = str(needed(user, "login")), str(user.get("type") or "User")
    return Account(
        github_id=whole(user, "id"),
        username=login,
        account_type=kind,
        avatar_url=user.get("avatar_url"),
        profile_url=user.get("html_url"),
        is_bot=kind == "Bot" or login.endswith("[bot]"),
        is_brief=True,
    )


STATES = {"OPEN": "open", "CLOSED": "closed", "MERGED": "merged"}
MERGEABLE = {"MERGEABLE": True, "CONFLICTING": False}


@dataclass(frozen=True)
class Parent:
    """The pull request that an item hangs on, and when GitHub says that it last changed."""

    github_id: int
    number: int
    updated_at: str | None


def review(node: Node, of: Parent) -> tuple[Account, Review]:
    """Return a review and its author."""
    author = account(node.get("author"))
    return author, Review(
        github_id=whole(node, "fullDatabaseId"),
        pull_request_github_id=of.github_id,
        pull_request_number=of.number,
        author_github_id=author.github_id,
        state=needed(node, "state"),
        body=clean(node.get("body")),
        submitted_at=needed(node, "submittedAt"),
        commit_id=(node.get("commit") or {}).get("oid"),
        source_updated_at=of.updated_at,
    )


def comment(node: Node, of: Parent) -> tuple[Account, Comment]:
    """Return a comment of the conversation and its author."""
    author = account(node.get("author"))
    return author, Comment(
        github_id=whole(node, "fullDatabaseId"),
        pull_request_github_id=of.github_id,
        pull_request_number=of.number,
        author_github_id=author.github_id,
        body=clean(node.get("body")) or "",
        created_at=needed(node, "createdAt"),
        updated_at=needed(node, "updatedAt"),
        source_updated_at=of.updated_at,
    )


def review_comment(document: dict[str, Any]) -> tuple[Account, ReviewComment]:
    """Return a review comment and its author."""
    author = rest_account(document.get("user"))
    return author, ReviewComment(
        github_id=whole(document, "id"),
        pull_request_number=number_of(document),
        author_github_id=author.github_id,
        body=clean(document.get("body")) or "",
        created_at=moment(document, "created_at"),
        updated_at=moment(document, "updated_at"),
        position=document.get("position"),
        original_position=document.get("original_position"),
        diff_hunk=clean(document.get("diff_hunk")),
        path=clean(document.get("path")),
        commit_id=document.get("commit_id"),
        original_commit_id=document.get("original_commit_id"),
        in_reply_to_github_id=document.get("in_reply_to_id"),
    )


def number_of(document: dict[str, Any]) -> int:
    """Return the number of a review comment's pull request, which stands only in its address."""
    address = needed(document, "pull_request_url")
    return whole({"pull_request_url": address.rpartition("/")[2]}, "pull_request_url", bits=31)


def page_of(repository: Node, **values: Any) -> Page:
    """Return a page of a repository's pull requests, with what GitHub says of the repository."""
    # Null without an error when a repository has its pull requests switched off.
    pull_requests = repository["pullRequests"] or {"totalCount": 0}
    return Page(
        node_id=repository["id"],
        github_id=int(repository["databaseId"] or 0),
        full_name=repository["nameWithOwner"],
        is_private=repository["isPrivate"],
        total=pull_requests["totalCount"],
        **values,
    )


def passed_over(cursor: str, node: object, reason: Exception | str) -> Captured:
    """Return the record of a pull request that GitHub would not give."""
    return Captured(cursor, None, skipped=skipped(node, reason, cursor=cursor))


def captured(cursor: str, node: Node, missing_fields: tuple[str, ...]) -> Captured:
    """Return a pull request with its accounts, reviews, comments and unfinished lists.

    One that lacks what is needed to store it costs itself alone: then return its record.
    """
    try:
        pull_request, accounts = _pull_request(node, missing_fields)
        number = pull_request.number
        parent = Parent(pull_request.github_id, number, pull_request.updated_at)
        reviews, odd_reviews = readable(
            _nodes(node, "reviews"), lambda n: review(n, parent), "reviews", number
        )
        comments, odd_comments = readable(
            _nodes(node, "comments"), lambda n: comment(n, parent), "comments", number
        )
        accounts += [author for author, _ in (*reviews, *comments)]
        return Captured(
            cursor=cursor,
            pull_request=pull_request,
            accounts=tuple({account.github_id: account for account in accounts}.values()),
            reviews=tuple(item for _, item in reviews),
            comments=tuple(item for _, item in comments),
            continuations=tuple(_continuations(node, pull_request)),
            unreadable=odd_reviews + odd_comments,
        )
    except MISSHAPEN as error:
        return passed_over(cursor, node, error)


def _pull_request(node: Node, missing_fields: tuple[str, ...]) -> tuple[PullRequest, list[Account]]:
    """Return a pull request, and the accounts that it names."""
    author = account(node.get("author"))
    merged_by = [account(node.get("mergedBy"))] if node.get("merged") else []
    assignees = [account(assignee) for assignee in _nodes(node, "assignees")]
    lists = ("assignees", "comments", "commits", "labels", "reviews")
    totals = {name: int(node[name]["totalCount"]) for name in lists if node.get(name) is not None}
    labels = [label["name"] for label in _nodes(node, "labels") if label.get("name") is not None]
    return PullRequest(
        github_id=whole(node, "fullDatabaseId"),
        node_id=needed(node, "id"),
        number=whole(node, "number", bits=31),
        title=clean(node.get("title")) or "",
        body=clean(node.get("body")),
        # A word that is new is the database's to take or to refuse: then the row is kept whole.
        state=STATES.get(needed(node, "state"), str(node["state"]).lower()),
        draft=bool(node.get("isDraft")),
        merged=bool(node.get("merged")),
        html_url=needed(node, "url"),
        base_branch=clean(needed(node, "baseRefName")) or "",
        head_branch=clean(needed(node, "headRefName")) or "",
        created_at=moment(node, "createdAt"),
        updated_at=moment(node, "updatedAt"),
        closed_at=node.get("closedAt"),
        merged_at=node.get("mergedAt"),
        author_github_id=author.github_id,
        author_login=author.username,
        merged_by_github_id=merged_by[0].github_id if merged_by else None,
        assignee_github_id=assignees[0].github_id if assignees else None,
        additions=node.get("additions"),
        deletions=node.get("deletions"),
        changed_files=node.get("changedFiles"),
        commits=totals.get("commits"),
        mergeable=MERGEABLE.get(node.get("mergeable") or ""),
        mergeable_state=str(node.get("mergeStateStatus") or "").lower() or None,
        # Null where labels were not asked for, or the token may not see them: stored ones stay.
        labels=tuple(clean(name) or "" for name in labels) if node.get("labels") else None,
        reviews_total=totals.get("reviews"),
        comments_total=totals.get("comments"),
        all_comments_total=node.get("totalCommentsCount"),
        assignees_total=totals.get("assignees"),
        labels_total=totals.get("labels"),
        missing_fields=missing_fields,
    ), [author, *assignees, *merged_by]


def _continuations(node: Node, of: PullRequest) -> Iterator[Continuation]:
    """Yield the lists that did not come whole, to be read on."""
    if "lists" in of.missing_fields:
        yield Continuation(of.github_id, "reviews", None)
        yield Continuation(of.github_id, "comments", None)
        return
    for name in ("reviews", "comments", "labels"):
        connection = node.get(name)
        if connection is None:
            # GitHub did not say what is in it. A pull request without labels is no such case.
            if name in node and name != "labels":
                yield Continuation(of.github_id, name, None)
        elif connection["pageInfo"]["hasNextPage"]:
            ids = (str(item.get("fullDatabaseId")) for item in _nodes(node, name))
            held = tuple(int(github_id) for github_id in ids if github_id.isdigit())
            yield Continuation(of.github_id, name, connection["pageInfo"]["endCursor"], held)
        elif connection["totalCount"] > len(_nodes(node, name)):
            # GitHub left items out without an error: read the list again.
            yield Continuation(of.github_id, name, None)


def _nodes(node: Node, connection: str) -> list[Node]:
    # `reviews` is a nullable connection, and each node of any connection may be null.
    return [n for n in (node.get(connection) or {}).get("nodes") or [] if n]
