"""REST's paths to pull requests, and to reviews and comments in them."""

from collections.abc import Sequence

from contributor_backfill.sandbox.ids import Key
from contributor_backfill.sandbox.messages import Response
from contributor_backfill.sandbox.pull_requests.records import (
    PullRequest,
    ReviewComment,
    ReviewCommentIndex,
)
from contributor_backfill.sandbox.rest.call import NOT_FOUND, Call, Document, Refusal, Route
from contributor_backfill.sandbox.rest.documents import (
    association,
    short_repository_document,
    user_document,
)

REVIEW_COMMENTS = "/pulls/comments"
"""The path of all review comments of a repository."""

_STATES = {
    "open": frozenset({"OPEN"}),
    "closed": frozenset({"CLOSED", "MERGED"}),
    "all": frozenset[str](),
}


def _pull_requests(call: Call) -> Response:
    """Return a page of the pull requests: open ones and newest first, unless asked otherwise."""
    parameters = call.request.parameters
    field = "UPDATED_AT" if call.query.sort == "updated" else "CREATED_AT"
    states = _STATES.get(parameters.get("state", "open"), _STATES["open"])
    numbers = call.repository.order(field, states).numbers
    if parameters.get("direction", "desc") == "desc":
        numbers = numbers[::-1]
    return call.listed(numbers, _pull_request)


def _pull_request(call: Call, number: int | str) -> Document:
    found = call.pull_request(number)
    url = f"{call.url}/pulls/{found.number}"
    html_url = call.repository.facts.item_url(found)
    return {
        "url": url,
        "id": found.database_id,
        "node_id": found.node_id,
        "html_url": html_url,
        "diff_url": f"{html_url}.diff",
        "patch_url": f"{html_url}.patch",
        "number": found.number,
        "state": "closed" if found.closed else "open",
        "locked": False,
        "title": found.title,
        "user": user_document(call, found.author_id),
        "body": found.body or None,
        "created_at": found.created_at,
        "updated_at": found.updated_at,
        "closed_at": found.closed_at,
        "merged_at": found.merged_at,
        "draft": found.is_draft,
        "head": {"ref": found.head_ref_name, "sha": found.head_ref_oid},
        "base": {"ref": found.base_ref_name, "repo": short_repository_document(call)},
        "labels": [{"name": name} for name in found.labels],
        "assignees": [user_document(call, account_id) for account_id in found.assignee_ids],
        "author_association": association(found.author_id),
        "review_comments_url": f"{url}/comments",
        **_counts(call, found),
    }


def _counts(call: Call, found: PullRequest) -> Document:
    """Return what GitHub says of a single pull request and not in a list."""
    merged_by = found.merged_by_id
    return {
        "merged": found.merged,
        "mergeable": {"MERGEABLE": True, "CONFLICTING": False}.get(found.mergeable),
        "mergeable_state": found.merge_state_status.lower(),
        "merged_by": None if merged_by is None else user_document(call, merged_by),
        "comments": len(found.comments),
        "review_comments": len(found.review_comments),
        "commits": found.commits,
        "additions": found.additions,
        "deletions": found.deletions,
        "changed_files": found.changed_files,
    }


def _review(call: Call, number: str, database_id: str) -> Document:
    for review in call.pull_request(number).reviews:
        if review.database_id == int(database_id):
            return {
                "id": review.database_id,
                "node_id": review.node_id,
                "user": user_document(call, review.author_id),
                "body": review.body,
                "state": review.state,
                "submitted_at": review.submitted_at,
                "commit_id": review.commit_oid,
                "pull_request_url": f"{call.url}/pulls/{review.number}",
            }
    raise Refusal(NOT_FOUND)


def _conversation_comment(call: Call, database_id: str) -> Document:
    for pull_request in call.repository.newest_first():
        for comment in pull_request.comments:
            if comment.database_id == int(database_id):
                return {
                    "id": comment.database_id,
                    "node_id": comment.node_id,
                    "user": user_document(call, comment.author_id),
                    "body": comment.body,
                    "created_at": comment.created_at,
                    "updated_at": comment.updated_at,
                    "issue_url": f"{call.url}/issues/{comment.number}",
                }
    raise Refusal(NOT_FOUND)


def _review_comments(call: Call) -> Response:
    return _listed(call, call.repository.review_comments())


def _review_comments_of(call: Call, number: str) -> Response:
    return _listed(call, ReviewCommentIndex([call.pull_request(number)]))


def _review_comment(call: Call, database_id: str) -> Document:
    return _review_comment_document(call, call.repository.review_comments(), int(database_id))


def _listed(call: Call, index: ReviewCommentIndex) -> Response:
    keys = index.ordered(call.query.sort, call.query.since)
    if call.query.is_descending:
        keys = keys[::-1]

    def document(call: Call, key: Key) -> Document:
        return _review_comment_document(call, index, key[1])

    return call.listed(keys, document)


def _review_comment_document(call: Call, index: ReviewCommentIndex, database_id: int) -> Document:
    comment = _found(call, index, database_id)
    url = f"{call.url}/pulls/comments/{comment.database_id}"
    pull_request_url = f"{call.url}/pulls/{comment.number}"
    html_url = call.repository.facts.item_url(comment)
    reply_to = comment.reply_to_id
    return {
        "url": url,
        "pull_request_review_id": comment.review_id,
        "id": comment.database_id,
        "node_id": comment.node_id,
        "diff_hunk": comment.diff_hunk,
        "path": comment.path,
        "commit_id": comment.commit_oid,
        "original_commit_id": comment.original_commit_oid,
        "user": user_document(call, comment.author_id),
        "body": comment.body,
        "created_at": comment.created_at,
        "updated_at": comment.updated_at,
        "html_url": html_url,
        "pull_request_url": pull_request_url,
        "author_association": association(comment.author_id),
        "_links": {
            "self": {"href": url},
            "html": {"href": html_url},
            "pull_request": {"href": pull_request_url},
        },
        "start_line": None,
        "original_start_line": None,
        "start_side": None,
        "line": comment.line,
        "original_line": comment.original_line,
        "side": "RIGHT",
        "original_position": comment.original_position,
        "position": comment.position,
        "subject_type": "line",
        # GitHub leaves the key out where the comment replies to nothing.
        **({} if reply_to is None else {"in_reply_to_id": reply_to}),
    }


def _found(call: Call, index: ReviewCommentIndex, database_id: int) -> ReviewComment:
    item = index.find(database_id)
    if item is None:
        raise Refusal(NOT_FOUND)
    comments = call.pull_request(item.number).review_comments
    return next(comment for comment in comments if comment.database_id == database_id)


ROUTES: Sequence[Route] = (
    Route("GET", r"/pulls", _pull_requests, "pull_requests"),
    Route("GET", REVIEW_COMMENTS, _review_comments, "pull_requests"),
    Route("GET", r"/pulls/comments/(\d{1,18})", _review_comment, "pull_requests"),
    Route("GET", r"/pulls/(\d{1,18})", _pull_request, "pull_requests"),
    Route("GET", r"/pulls/(\d{1,18})/reviews/(\d{1,18})", _review, "pull_requests"),
    Route("GET", r"/issues/comments/(\d{1,18})", _conversation_comment, "issues"),
    Route("GET", r"/pulls/(\d{1,18})/comments", _review_comments_of, "pull_requests"),
)
