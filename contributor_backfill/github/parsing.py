"""GraphQL nodes to records. Everything that is odd about GitHub's answers is settled here.

A null author is a deleted account, which is GitHub's own ghost user. Ids come as strings where they
outgrow 32 bits. NUL and lone surrogates, which no Postgres text can hold, are removed.
"""

from collections.abc import Iterator

from contributor_backfill.domain.records import Account, Captured, Continuation, PullRequest
from contributor_backfill.github.accounts import Node, account
from contributor_backfill.github.items import Place, comment, review
from contributor_backfill.github.readable import moment, needed, readable, whole
from contributor_backfill.github.texts import clean

STATES = {"OPEN": "open", "CLOSED": "closed", "MERGED": "merged"}
MERGEABLE = {"MERGEABLE": True, "CONFLICTING": False}


def captured(cursor: str, node: Node, missing_fields: tuple[str, ...]) -> Captured:
    """Return a pull request with its accounts, reviews, comments and unfinished lists.

    Raises `ValueError` and its like for one that lacks what is needed to store it.
    """
    number, github_id = whole(node, "number", bits=31), whole(node, "fullDatabaseId")
    place = Place(github_id, number, node.get("updatedAt"))
    author = account(node.get("author"))
    merged_by = account(node.get("mergedBy")) if node.get("merged") else None
    assignees = [account(n) for n in (node.get("assignees") or {}).get("nodes") or [] if n]
    reviews, odd_reviews = readable(
        _nodes(node, "reviews"), lambda n: review(n, place), "reviews", number
    )
    comments, odd_comments = readable(
        _nodes(node, "comments"), lambda n: comment(n, place), "comments", number
    )
    writers = (who for who, _ in (*reviews, *comments))
    everybody = [author, *assignees, *writers, *([merged_by] if merged_by else [])]
    return Captured(
        cursor=cursor,
        pull_request=_pull_request(
            node,
            author=author,
            merged_by=merged_by,
            assignee=assignees[0] if assignees else None,
            missing_fields=missing_fields,
        ),
        accounts=tuple({a.github_id: a for a in everybody}.values()),
        reviews=tuple(each for _, each in reviews),
        comments=tuple(each for _, each in comments),
        continuations=_continuations(node, github_id, missing_fields),
        unreadable=odd_reviews + odd_comments,
    )


def _pull_request(
    node: Node,
    *,
    author: Account,
    merged_by: Account | None,
    assignee: Account | None,
    missing_fields: tuple[str, ...],
) -> PullRequest:
    labels = node.get("labels")
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
        merged_by_github_id=merged_by.github_id if merged_by else None,
        assignee_github_id=assignee.github_id if assignee else None,
        additions=node.get("additions"),
        deletions=node.get("deletions"),
        changed_files=node.get("changedFiles"),
        commits=_total(node, "commits"),
        mergeable=MERGEABLE.get(node.get("mergeable") or ""),
        mergeable_state=str(node.get("mergeStateStatus") or "").lower() or None,
        labels=tuple(_label_names(node)) if labels else None,
        reviews_total=_total(node, "reviews"),
        comments_total=_total(node, "comments"),
        all_comments_total=node.get("totalCommentsCount"),
        assignees_total=_total(node, "assignees"),
        labels_total=_total(node, "labels"),
        missing_fields=missing_fields,
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
        held = tuple(int(n["fullDatabaseId"]) for n in _nodes(node, name) if _has_id(n))
        return Continuation(github_id, name, connection["pageInfo"]["endCursor"], held)
    if connection["totalCount"] > len(_nodes(node, name)):
        # GitHub left items out without an error: read the list again.
        return Continuation(github_id, name, None)
    return None


def _nodes(node: Node, connection: str) -> list[Node]:
    # `reviews` is a nullable connection, and each node of any connection may be null.
    return [n for n in (node.get(connection) or {}).get("nodes") or [] if n]


def _has_id(item: Node) -> bool:
    return str(item.get("fullDatabaseId")).isdigit()


def _label_names(node: Node) -> Iterator[str]:
    for label in _nodes(node, "labels"):
        if label.get("name") is not None:
            yield clean(label["name"]) or ""


def _total(node: Node, connection: str) -> int | None:
    value = node.get(connection)
    return None if value is None else int(value["totalCount"])
