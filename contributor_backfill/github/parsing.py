"""GraphQL nodes to records. Everything that is odd about GitHub's answers is settled here.

A null author is a deleted account, which is GitHub's own ghost user. Ids come as strings where they
outgrow 32 bits. NUL and lone surrogates, which no Postgres text can hold, are removed.
"""

import re
from typing import Any

from contributor_backfill.domain.records import (
    GHOST,
    Account,
    Captured,
    Comment,
    Continuation,
    PullRequest,
    Review,
)

Node = dict[str, Any]
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
STATES = {"OPEN": "open", "CLOSED": "closed", "MERGED": "merged"}
MERGEABLE = {"MERGEABLE": True, "CONFLICTING": False}


def clean(text: str | None) -> str | None:
    """Remove what Postgres cannot store from a text."""
    return UNSTORABLE.sub("", text) if text else text


def account(node: Node | None) -> Account:
    """Return the account of an actor, the ghost for a deleted one.

    A bot is named as everywhere else on GitHub, `name[bot]`: GraphQL leaves the suffix off, and a
    user may bear the bare name. An enterprise's account has the id of the user behind it.
    """
    if not node:
        return GHOST
    kind = node["__typename"]
    github_id = node.get("databaseId") or (node.get("user") or {}).get("databaseId")
    if not github_id:
        return GHOST
    login = str(node["login"])
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


def captured(cursor: str, node: Node, missing_fields: tuple[str, ...]) -> Captured:
    """Return a pull request with its accounts, reviews, comments and unfinished lists."""
    number, github_id = int(node["number"]), int(node["fullDatabaseId"])
    author = account(node["author"])
    merged_by = account(node["mergedBy"]) if node["merged"] else None
    assignees = [account(n) for n in (node.get("assignees") or {}).get("nodes") or [] if n]
    reviews = [(account(n["author"]), n) for n in _nodes(node, "reviews")]
    comments = [(account(n["author"]), n) for n in _nodes(node, "comments")]
    submitted = [(who, n) for who, n in reviews if n["state"] != "PENDING"]
    pending = len(reviews) - len(submitted)
    accounts = [author, *assignees, *(who for who, _ in (*submitted, *comments))]
    if merged_by:
        accounts.append(merged_by)
    return Captured(
        cursor=cursor,
        pull_request=_pull_request(
            node,
            author=author,
            merged_by=merged_by,
            assignee=assignees[0] if assignees else None,
            pending_reviews=pending,
            missing_fields=missing_fields,
        ),
        accounts=tuple({a.github_id: a for a in accounts}.values()),
        reviews=tuple(_review(n, who, github_id, number) for who, n in submitted),
        comments=tuple(_comment(n, who, github_id, number) for who, n in comments),
        continuations=_continuations(node, github_id, missing_fields),
    )


def _pull_request(
    node: Node,
    *,
    author: Account,
    merged_by: Account | None,
    assignee: Account | None,
    pending_reviews: int,
    missing_fields: tuple[str, ...],
) -> PullRequest:
    reviews_total = _total(node, "reviews")
    labels = node.get("labels")
    return PullRequest(
        github_id=int(node["fullDatabaseId"]),
        node_id=node["id"],
        number=int(node["number"]),
        title=clean(node["title"]) or "",
        body=clean(node["body"]),
        state=STATES[node["state"]],
        draft=node["isDraft"],
        merged=node["merged"],
        html_url=node["url"],
        base_branch=clean(node["baseRefName"]) or "",
        head_branch=clean(node["headRefName"]) or "",
        created_at=node["createdAt"],
        updated_at=node["updatedAt"],
        closed_at=node["closedAt"],
        merged_at=node["mergedAt"],
        author_github_id=author.github_id,
        author_login=author.username,
        merged_by_github_id=merged_by.github_id if merged_by else None,
        assignee_github_id=assignee.github_id if assignee else None,
        additions=node.get("additions"),
        deletions=node.get("deletions"),
        changed_files=node.get("changedFiles"),
        commits=_total(node, "commits"),
        mergeable=MERGEABLE.get(node.get("mergeable", "")),
        mergeable_state=node["mergeStateStatus"].lower() if "mergeStateStatus" in node else None,
        labels=tuple(clean(n["name"]) or "" for n in _nodes(node, "labels")) if labels else None,
        # A pending review is its author's own: it is counted for that author only.
        reviews_total=None if reviews_total is None else reviews_total - pending_reviews,
        comments_total=_total(node, "comments"),
        all_comments_total=node.get("totalCommentsCount"),
        review_threads_total=_total(node, "reviewThreads"),
        assignees_total=_total(node, "assignees"),
        labels_total=_total(node, "labels"),
        missing_fields=missing_fields,
    )


def _review(node: Node, author: Account, github_id: int, number: int) -> Review:
    return Review(
        github_id=int(node["fullDatabaseId"]),
        pull_request_github_id=github_id,
        pull_request_number=number,
        author_github_id=author.github_id,
        state=node["state"],
        body=clean(node["body"]),
        submitted_at=node["submittedAt"],
        commit_id=(node.get("commit") or {}).get("oid"),
    )


def _comment(node: Node, author: Account, github_id: int, number: int) -> Comment:
    return Comment(
        github_id=int(node["fullDatabaseId"]),
        pull_request_github_id=github_id,
        pull_request_number=number,
        author_github_id=author.github_id,
        body=clean(node["body"]) or "",
        created_at=node["createdAt"],
        updated_at=node["updatedAt"],
    )


def _continuations(
    node: Node, github_id: int, missing_fields: tuple[str, ...]
) -> tuple[Continuation, ...]:
    if "lists" in missing_fields:
        return tuple(Continuation(github_id, name, None) for name in ("reviews", "comments"))
    found = (_continuation(node, github_id, name) for name in ("reviews", "comments", "labels"))
    return tuple(c for c in found if c)


def _continuation(node: Node, github_id: int, name: str) -> Continuation | None:
    if name not in node:
        return None
    connection = node[name]
    if connection is None:
        # GitHub did not say what is in it. A pull request without labels is no such case.
        return Continuation(github_id, name, None) if name != "labels" else None
    if connection["pageInfo"]["hasNextPage"]:
        return Continuation(github_id, name, connection["pageInfo"]["endCursor"])
    if connection["totalCount"] > len(_nodes(node, name)):
        # GitHub left items out without a word (facts/peers.md F1): read the list again.
        return Continuation(github_id, name, None)
    return None


def _nodes(node: Node, connection: str) -> list[Node]:
    # `reviews` is a nullable connection, and each node of any connection may be null.
    return [n for n in (node.get(connection) or {}).get("nodes") or [] if n]


def _total(node: Node, connection: str) -> int | None:
    value = node.get(connection)
    return None if value is None else int(value["totalCount"])
