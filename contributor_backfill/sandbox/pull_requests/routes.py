"""REST's paths to pull requests and to the comments on their diffs."""

from collections.abc import Iterator, Sequence

from contributor_backfill.sandbox import responses
from contributor_backfill.sandbox.pull_requests.feed import Feed, FeedItem
from contributor_backfill.sandbox.pull_requests.items import ReviewComment
from contributor_backfill.sandbox.repositories.records import Repository
from contributor_backfill.sandbox.responses import Answer
from contributor_backfill.sandbox.rest import rest_responses
from contributor_backfill.sandbox.rest.lists import ListQuery
from contributor_backfill.sandbox.rest.repository_path import PATH
from contributor_backfill.sandbox.rest.visit import Route, Visit

_FEED = "/pulls/comments"
_STATES = {
    "open": frozenset({"OPEN"}),
    "closed": frozenset({"CLOSED", "MERGED"}),
    "all": frozenset[str](),
}


def is_feed(path: str) -> bool:
    """Return whether a path is that of a repository's comments on the diff."""
    parts = PATH.fullmatch(path)
    return parts is not None and parts["below"] == _FEED


def _pull_requests(visit: Visit) -> Answer:
    """Return a page of the pull requests: open ones and newest first, unless asked otherwise."""
    parameters = visit.request.parameters
    query = ListQuery.of(parameters)
    field = "UPDATED_AT" if query.sort == "updated" else "CREATED_AT"
    states = _STATES.get(parameters.get("state", "open"), _STATES["open"])
    numbers = visit.repository.order(field, states).numbers
    if parameters.get("direction", "desc") == "desc":
        numbers = numbers[::-1]
    found = (visit.repository.pull_request(number) for number in numbers[query.span])
    page = [visit.writer.pull_request(each) for each in found if each is not None]
    return visit.listed(page, query, len(numbers))


def _feed(visit: Visit) -> Answer:
    return _listed(visit, visit.repository.feed())


def _comments_of(visit: Visit, number: str) -> Answer:
    found = visit.repository.pull_request(int(number))
    return rest_responses.not_found() if found is None else _listed(visit, Feed([found]))


def _comment(visit: Visit, database_id: str) -> Answer:
    item = visit.repository.feed().find(int(database_id))
    if item is None:
        return rest_responses.not_found()
    (comment,) = _comments(visit.repository, [item])
    return responses.of_json(200, visit.writer.comment(comment))


def _pull_request(visit: Visit, number: str) -> Answer:
    found = visit.repository.pull_request(int(number))
    if found is None:
        return rest_responses.not_found()
    return responses.of_json(200, visit.writer.pull_request(found))


def _review(visit: Visit, number: str, database_id: str) -> Answer:
    found = visit.repository.pull_request(int(number))
    reviews = found.reviews if found else ()
    review = next((each for each in reviews if each.database_id == int(database_id)), None)
    if review is None:
        return rest_responses.not_found()
    return responses.of_json(200, visit.writer.review(review))


def _conversation_comment(visit: Visit, database_id: str) -> Answer:
    wanted = int(database_id)
    for pull_request in visit.repository.newest_first():
        for comment in pull_request.comments:
            if comment.database_id == wanted:
                return responses.of_json(200, visit.writer.conversation_comment(comment))
    return rest_responses.not_found()


def _listed(visit: Visit, feed: Feed) -> Answer:
    query = ListQuery.of(visit.request.parameters)
    items, count = query.page_of(feed)
    comments = _comments(visit.repository, items)
    return visit.listed([visit.writer.comment(each) for each in comments], query, count)


def _comments(repository: Repository, items: Sequence[FeedItem]) -> Iterator[ReviewComment]:
    for item in items:
        pull_request = repository.pull_request(item.number)
        assert pull_request is not None, "the feed forgets what is deleted"
        wanted = item.database_id
        yield next(c for c in pull_request.review_comments if c.database_id == wanted)


ROUTES: Sequence[Route] = (
    Route("GET", r"/pulls", _pull_requests, "pull_requests"),
    Route("GET", _FEED, _feed, "pull_requests"),
    Route("GET", r"/pulls/comments/(\d{1,18})", _comment, "pull_requests"),
    Route("GET", r"/pulls/(\d{1,18})", _pull_request, "pull_requests"),
    Route("GET", r"/pulls/(\d{1,18})/reviews/(\d{1,18})", _review, "pull_requests"),
    Route("GET", r"/issues/comments/(\d{1,18})", _conversation_comment, "issues"),
    Route("GET", r"/pulls/(\d{1,18})/comments", _comments_of, "pull_requests"),
)
