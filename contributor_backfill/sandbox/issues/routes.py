"""REST's paths to issues and their comments."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contributor_backfill.sandbox import responses
from contributor_backfill.sandbox.issues import writing
from contributor_backfill.sandbox.issues.documents import (
    comment_document,
    page_of,
    thread_document,
)
from contributor_backfill.sandbox.issues.records import Issue
from contributor_backfill.sandbox.people.accounts import VIEWER
from contributor_backfill.sandbox.pull_requests.records import PullRequest
from contributor_backfill.sandbox.repositories.records import Repository
from contributor_backfill.sandbox.responses import Answer
from contributor_backfill.sandbox.rest import rest_responses
from contributor_backfill.sandbox.rest.documents import RestWriter
from contributor_backfill.sandbox.rest.lists import ListQuery
from contributor_backfill.sandbox.rest.sent_values import (
    label_names,
    needed_text,
    optional_text,
)
from contributor_backfill.sandbox.rest.visit import Refusal, Route, Visit

Thread = Issue | PullRequest
_STATES = {"open": {"OPEN"}, "closed": {"CLOSED", "MERGED"}}


@dataclass(frozen=True, slots=True)
class ThreadFilters:
    """The filters of a query string. All labels must be there; no states mean every state."""

    states: frozenset[str]
    labels: frozenset[str]
    creator: str

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> "ThreadFilters":
        """Return what the parameters ask for, by default what is open."""
        labels = (each.strip().lower() for each in parameters.get("labels", "").split(","))
        state = parameters.get("state", "open")
        return cls(
            states=frozenset() if state == "all" else frozenset(_STATES.get(state, {"OPEN"})),
            labels=frozenset(each for each in labels if each),
            creator=parameters.get("creator", "").lower(),
        )

    def select(self, writer: RestWriter) -> list[Thread]:
        """Return the issues and pull requests of a repository that are asked for."""
        found = [
            thread
            for thread in self._in_state(writer.repository)
            if self.labels <= {name.lower() for name in thread.labels}
            and self.creator in ("", self._login(writer, thread))
        ]
        return sorted(found, key=lambda each: (each.created_at, each.number), reverse=True)

    def _in_state(self, repository: Repository) -> Iterator[Thread]:
        """Yield what is in one of the states; issues that are switched off are not there."""
        if repository.issues.enabled:
            for issue in repository.all_issues():
                if not self.states or issue.state in self.states:
                    yield issue
        for number in repository.order("CREATED_AT", self.states).numbers:
            pull_request = repository.pull_request(number)
            if pull_request is not None:
                yield pull_request

    def _login(self, writer: RestWriter, thread: Thread) -> str:
        user = writer.user(thread.author_id)
        return user["login"].lower() if user else ""


_ISSUE = r"/issues/(\d{1,18})"
_LONGEST_TITLE = 256
_LONGEST_BODY = 65_536
_REASONS = ("completed", "not_planned", "duplicate", "reopened")


def _list(visit: Visit) -> Answer:
    found = ThreadFilters.of(visit.request.parameters).select(visit.writer)
    query = ListQuery.of(visit.request.parameters)
    page = [thread_document(visit.writer, each) for each in found[query.span]]
    return visit.listed(page, query, len(found))


def _get(visit: Visit, number: str) -> Answer:
    return responses.of_json(200, thread_document(visit.writer, _thread(visit, number)))


def _open(visit: Visit) -> Answer:
    if not visit.repository.issues.enabled:
        return rest_responses.issues_disabled()
    document = visit.document()
    issue = writing.open_issue(
        visit.repository,
        title=needed_text(document, "title", "Issue", _LONGEST_TITLE),
        body=optional_text(document, "body", "Issue", _LONGEST_BODY),
        labels=label_names(document),
        author_id=VIEWER.account_id,
        moment=visit.moment,
    )
    location = {"location": f"{visit.writer.url}/issues/{issue.number}"}
    return responses.of_json(201, thread_document(visit.writer, issue), location)


def _edit(visit: Visit, number: str) -> Answer:
    thread = _thread(visit, number)
    if not isinstance(thread, Issue):
        raise Refusal(rest_responses.unprocessable("The sandbox edits no pull requests this way."))
    values = _values(visit.document())
    edited = writing.edit_issue(visit.repository, thread, values, visit.moment)
    return responses.of_json(200, thread_document(visit.writer, edited))


def _comments(visit: Visit, number: str) -> Answer:
    thread = _thread(visit, number)
    query = ListQuery.of(visit.request.parameters)
    found = [each for each in thread.comments if each.updated_at >= query.since]
    page = [comment_document(visit.writer, each, page_of(thread)) for each in found[query.span]]
    return visit.listed(page, query, len(found))


def _add_comment(visit: Visit, number: str) -> Answer:
    thread = _thread(visit, number)
    if isinstance(thread, Issue) and thread.locked:
        return rest_responses.locked()
    body = needed_text(visit.document(), "body", "IssueComment", _LONGEST_BODY)
    comment = writing.add_comment(visit.repository, thread, body, VIEWER.account_id, visit.moment)
    document = comment_document(visit.writer, comment, page_of(thread))
    return responses.of_json(201, document, {"location": document["url"]})


def _values(document: dict[str, Any]) -> dict[str, Any]:
    """Return the new values of an issue, in the world's words. May refuse."""
    values: dict[str, Any] = {}
    if "title" in document:
        values["title"] = needed_text(document, "title", "Issue", _LONGEST_TITLE)
    if "body" in document:
        values["body"] = optional_text(document, "body", "Issue", _LONGEST_BODY)
    if "labels" in document:
        values["labels"] = label_names(document)
    if "state" in document:
        values["state"] = _chosen(document, "state", ("open", "closed"))
    if document.get("state_reason") is not None:
        values["state_reason"] = _chosen(document, "state_reason", _REASONS)
    return values


def _chosen(document: dict[str, Any], name: str, known: Sequence[str]) -> str:
    if document[name] not in known:
        raise Refusal(rest_responses.validation_failed("Issue", name, "invalid"))
    return str(document[name]).upper()


def _thread(visit: Visit, number: str) -> Thread:
    """Return what has a number: a pull request is there even where issues are switched off."""
    pull_request = visit.repository.pull_request(int(number))
    if pull_request is not None:
        return pull_request
    if not visit.repository.issues.enabled:
        raise Refusal(rest_responses.issues_disabled())
    issue = visit.repository.issue(int(number))
    if issue is None:
        raise Refusal(_departed(visit, int(number)))
    return issue


def _departed(visit: Visit, number: int) -> Answer:
    """Return what GitHub says where no issue is, or is any more."""
    departure = visit.repository.issues.departed.get(number)
    if departure is None or not (departure.is_deleted or departure.repository_id):
        return rest_responses.not_found()
    if departure.is_deleted:
        return rest_responses.issue_deleted()
    old, new = f"/issues/{number}", f"/issues/{departure.number}"
    below = new + visit.below.removeprefix(old)
    location = f"{visit.writer.api}/repositories/{departure.repository_id}{below}"
    return rest_responses.moved(location, visit.request.method)


ROUTES: Sequence[Route] = (
    Route("GET", "/issues", _list, "issues"),
    Route("POST", "/issues", _open, "issues"),
    Route("GET", _ISSUE, _get, "issues"),
    Route("PATCH", _ISSUE, _edit, "issues"),
    Route("GET", f"{_ISSUE}/comments", _comments, "issues"),
    Route("POST", f"{_ISSUE}/comments", _add_comment, "issues"),
)
