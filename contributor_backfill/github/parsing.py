"""GraphQL nodes to records. Everything that is odd about GitHub's answers is settled here.

A null author is a deleted account, which is GitHub's own ghost user. Ids come as strings where they
outgrow 32 bits. NUL and lone surrogates, which no Postgres text can hold, are removed.
"""

from contributor_backfill.domain.records import Account, Captured, Continuation, PullRequest
from contributor_backfill.github.accounts import Node, account
from contributor_backfill.github.items import Place, comment, review
from contributor_backfill.github.texts import clean

STATES = {"OPEN": "open", "CLOSED": "closed", "MERGED": "merged"}
MERGEABLE = {"MERGEABLE": True, "CONFLICTING": False}


def captured(cursor: str, node: Node, missing_fields: tuple[str, ...]) -> Captured:
    """Return a pull request with its accounts, reviews, comments and unfinished lists."""
    number, github_id = int(node["number"]), int(node["fullDatabaseId"])
    place = Place(github_id, number, node.get("updatedAt"))
    author = account(node["author"])
    merged_by = account(node["mergedBy"]) if node["merged"] else None
    assignees = [account(n) for n in (node.get("assignees") or {}).get("nodes") or [] if n]
    reviews = [review(n, place) for n in _nodes(node, "reviews")]
    comments = [comment(n, place) for n in _nodes(node, "comments")]
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
        reviews_total=_total(node, "reviews"),
        comments_total=_total(node, "comments"),
        all_comments_total=node.get("totalCommentsCount"),
        review_threads_total=_total(node, "reviewThreads"),
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
        held = tuple(int(n["fullDatabaseId"]) for n in _nodes(node, name) if "fullDatabaseId" in n)
        return Continuation(github_id, name, connection["pageInfo"]["endCursor"], held)
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
