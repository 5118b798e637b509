"""REST's paths to issues, to pull requests in their part as issues, and to labels."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from contributor_backfill.sandbox.accounts import VIEWER
from contributor_backfill.sandbox.issues.changes import add_comment, edit_issue, open_issue
from contributor_backfill.sandbox.issues.records import GREY, Issue, Label
from contributor_backfill.sandbox.messages import Response, of_json
from contributor_backfill.sandbox.pull_requests.records import IssueComment, PullRequest
from contributor_backfill.sandbox.rest.call import (
    NOT_FOUND,
    Call,
    Document,
    Refusal,
    Route,
    invalid,
    message,
    moved,
    needed_text,
    optional_text,
)
from contributor_backfill.sandbox.rest.documents import association, user_document

Thread = Issue | PullRequest
"""An issue, or a pull request in its part as one: REST lists both."""

_ISSUE = r"/issues/(\d{1,18})"
_STATES = {"all": frozenset[str](), "closed": frozenset({"CLOSED", "MERGED"})}
_REASONS = ("completed", "not_planned", "duplicate", "reopened")
_COLOR = re.compile("[0-9a-fA-F]{6}")
_LONGEST_TITLE = 256
_LONGEST_BODY = 65_536
_LONGEST_NAME = 50
_LONGEST_DESCRIPTION = 100


def _list(call: Call) -> Response:
    """Return a page of what is asked for, by default what is open; the newest is first."""
    given = call.request.parameters
    states = _STATES.get(given.get("state", "open"), frozenset({"OPEN"}))
    labels = {name.strip().lower() for name in given.get("labels", "").split(",")} - {""}
    creator = given.get("creator", "").lower()
    found = [
        thread
        for thread in _in_state(call, states)
        if labels <= {name.lower() for name in thread.labels}
        and creator in ("", _login(call, thread))
    ]
    found.sort(key=lambda thread: (thread.created_at, thread.number), reverse=True)
    return call.listed(found, thread_document)


def _in_state(call: Call, states: frozenset[str]) -> Iterator[Thread]:
    """Yield what is in one of the states; issues that are switched off are not there."""
    if call.repository.issues.enabled:
        for issue in call.repository.all_issues():
            if not states or issue.state in states:
                yield issue
    for number in call.repository.order("CREATED_AT", states).numbers:
        yield call.pull_request(number)


def _login(call: Call, thread: Thread) -> str:
    user = user_document(call, thread.author_id)
    return user["login"].lower() if user else ""


def _get(call: Call, number: str) -> Document:
    return thread_document(call, _thread(call, number))


def _open(call: Call) -> Response:
    if not call.repository.issues.enabled:
        raise Refusal(_issues_disabled())
    document = call.document()
    issue = open_issue(
        call.repository,
        title=needed_text(document, "title", "Issue", _LONGEST_TITLE),
        body=optional_text(document, "body", "Issue", _LONGEST_BODY),
        labels=_label_names(document),
        author_id=VIEWER.account_id,
        moment=call.moment,
    )
    location = {"location": f"{call.url}/issues/{issue.number}"}
    return of_json(201, thread_document(call, issue), location)


def _edit(call: Call, number: str) -> Document:
    thread = _thread(call, number)
    if not isinstance(thread, Issue):
        raise Refusal(message(422, "The sandbox edits no pull requests this way."))
    values = _values(call.document())
    return thread_document(call, edit_issue(call.repository, thread, values, call.moment))


def _comments(call: Call, number: str) -> Response:
    thread, since = _thread(call, number), call.query.since
    found = [comment for comment in thread.comments if comment.updated_at >= since]
    return call.listed(found, lambda call, comment: _comment_document(call, comment, thread))


def _add_comment(call: Call, number: str) -> Response:
    thread = _thread(call, number)
    if isinstance(thread, Issue) and thread.locked:
        # Commenting on a locked issue takes more than `issues: write`.
        raise Refusal(message(403, "Unable to create comment because issue is locked."))
    body = needed_text(call.document(), "body", "IssueComment", _LONGEST_BODY)
    comment = add_comment(call.repository, thread, body, VIEWER.account_id, call.moment)
    document = _comment_document(call, comment, thread)
    return of_json(201, document, {"location": document["url"]})


def _values(document: Document) -> dict[str, Any]:
    """Return the new values of an issue, in the world's words. Raises `Refusal`."""
    values: dict[str, Any] = {}
    if "title" in document:
        values["title"] = needed_text(document, "title", "Issue", _LONGEST_TITLE)
    if "body" in document:
        values["body"] = optional_text(document, "body", "Issue", _LONGEST_BODY)
    if "labels" in document:
        values["labels"] = _label_names(document)
    if "state" in document:
        values["state"] = _chosen(document, "state", ("open", "closed"))
    if document.get("state_reason") is not None:
        values["state_reason"] = _chosen(document, "state_reason", _REASONS)
    return values


def _chosen(document: Document, name: str, known: Sequence[str]) -> str:
    if document[name] not in known:
        raise invalid("Issue", name)
    return str(document[name]).upper()


def _label_names(document: Document) -> list[str]:
    """Return the names of labels, which are sent as texts or as objects. Raises `Refusal`."""
    given = document.get("labels") or []
    if not isinstance(given, list):
        raise invalid("Issue", "labels")
    names = [label.get("name") if isinstance(label, dict) else label for label in given]
    known = [name for name in names if isinstance(name, str) and name]
    if len(known) < len(names):
        raise invalid("Issue", "labels")
    return known


def _thread(call: Call, number: str) -> Thread:
    """Return what has a number: a pull request is there even where issues are switched off."""
    pull_request = call.repository.pull_request(int(number))
    if pull_request is not None:
        return pull_request
    if not call.repository.issues.enabled:
        raise Refusal(_issues_disabled())
    issue = call.repository.issue(int(number))
    if issue is None:
        raise Refusal(_departed(call, int(number)))
    return issue


def _departed(call: Call, number: int) -> Response:
    """Return what GitHub says where no issue is, or is any more."""
    departure = call.repository.issues.departed.get(number)
    if departure is None or not (departure.is_deleted or departure.repository_id):
        return NOT_FOUND
    if departure.is_deleted:
        return message(410, "This issue was deleted")
    below = f"/issues/{departure.number}" + call.below.removeprefix(f"/issues/{number}")
    location = f"{call.api}/repositories/{departure.repository_id}{below}"
    return moved(location, call.request.method)


def _issues_disabled() -> Response:
    return message(410, "Issues are disabled for this repo")


def thread_document(call: Call, thread: Thread) -> Document:
    """Return the document of an issue or of a pull request in its part as one."""
    url = f"{call.url}/issues/{thread.number}"
    return {
        "url": url,
        "repository_url": call.url,
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "html_url": _html_url(call, thread),
        "id": call.repository.issue_id(thread.number),
        "node_id": thread.node_id,
        "number": thread.number,
        "title": thread.title,
        "user": user_document(call, thread.author_id),
        "labels": [_named_label(call, name) for name in thread.labels],
        "state": "open" if thread.state == "OPEN" else "closed",
        "locked": isinstance(thread, Issue) and thread.locked,
        "assignees": [],
        "milestone": None,
        "comments": len(thread.comments),
        "created_at": thread.created_at,
        "updated_at": thread.updated_at,
        "closed_at": thread.closed_at,
        "author_association": association(thread.author_id),
        "body": thread.body or None,
        **_by_kind(call, thread),
    }


def _by_kind(call: Call, thread: Thread) -> Document:
    """Return what only issues have, or the key that tells pull requests from them."""
    if isinstance(thread, Issue):
        reason = thread.state_reason
        return {"state_reason": reason.lower() if reason else None}
    links = {
        "url": f"{call.url}/pulls/{thread.number}",
        "html_url": _html_url(call, thread),
        "merged_at": thread.merged_at,
    }
    return {"state_reason": None, "draft": thread.is_draft, "pull_request": links}


def _comment_document(call: Call, comment: IssueComment, thread: Thread) -> Document:
    return {
        "url": f"{call.url}/issues/comments/{comment.database_id}",
        "html_url": f"{_html_url(call, thread)}{comment.ANCHOR}{comment.database_id}",
        "issue_url": f"{call.url}/issues/{thread.number}",
        "id": comment.database_id,
        "node_id": comment.node_id,
        "user": user_document(call, comment.author_id),
        "created_at": comment.created_at,
        "updated_at": comment.updated_at,
        "author_association": association(comment.author_id),
        "body": comment.body,
    }


def _html_url(call: Call, thread: Thread) -> str:
    page = "issues" if isinstance(thread, Issue) else "pull"
    return f"{call.html_url}/{page}/{thread.number}"


def _label(call: Call, name: str) -> Document:
    label = call.repository.labels.get(name)
    if label is None:
        raise Refusal(NOT_FOUND)
    return _label_document(call, label)


def _add_label(call: Call) -> Response:
    document = call.document()
    name = needed_text(document, "name", "Label", _LONGEST_NAME)
    description = optional_text(document, "description", "Label", _LONGEST_DESCRIPTION)
    color = document.get("color") or GREY
    if not (isinstance(color, str) and _COLOR.fullmatch(color)):
        raise invalid("Label", "color")
    if call.repository.labels.get(name) is not None:
        raise invalid("Label", "name", "already_exists")
    label = call.repository.labels.add(name, color.lower(), description)
    return of_json(201, _label_document(call, label))


def _named_label(call: Call, name: str) -> Document:
    """Return the document of a label by its name, which a real list may bring along."""
    known = call.repository.labels.get(name)
    return _label_document(
        call, known or Label(call.repository.facts.database_id, 0, name, GREY, None)
    )


def _label_document(call: Call, label: Label) -> Document:
    return {
        "id": label.database_id,
        "node_id": label.node_id,
        "url": f"{call.url}/labels/{label.name}",
        "name": label.name,
        "color": label.color,
        "default": False,
        "description": label.description,
    }


ROUTES: Sequence[Route] = (
    Route("GET", "/issues", _list, "issues"),
    Route("POST", "/issues", _open, "issues"),
    Route("GET", _ISSUE, _get, "issues"),
    Route("PATCH", _ISSUE, _edit, "issues"),
    Route("GET", f"{_ISSUE}/comments", _comments, "issues"),
    Route("POST", f"{_ISSUE}/comments", _add_comment, "issues"),
    Route("POST", "/labels", _add_label, "issues"),
    Route("GET", "/labels/([^/]+)", _label, "issues"),
)
