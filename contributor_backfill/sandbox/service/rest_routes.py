"""From a REST path to the document under it."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlencode

from contributor_backfill.sandbox import answers
from contributor_backfill.sandbox.answers import Answer
from contributor_backfill.sandbox.service import rest_answers
from contributor_backfill.sandbox.service.request import Request
from contributor_backfill.sandbox.service.rest_documents import RestWriter
from contributor_backfill.sandbox.service.rest_lists import ListQuery, link_header
from contributor_backfill.sandbox.world.feed import Feed, FeedItem
from contributor_backfill.sandbox.world.items import ReviewComment
from contributor_backfill.sandbox.world.populace import World
from contributor_backfill.sandbox.world.repository import Access, Repository

PATH = re.compile(
    r"(?P<prefix>(?:/api/v3)?)"
    r"/(?:repos/(?P<owner>[^/]+)/(?P<name>[^/]+)|repositories/(?P<id>\d{1,18}))"
    r"(?P<below>/.*)"
)
FEED = "/pulls/comments"


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that has found its repository. `below` is the path inside of it."""

    request: Request
    repository: Repository
    writer: RestWriter
    below: str

    @property
    def url(self) -> str:
        """Return the address by database id, which outlives every name."""
        facts = self.repository.facts
        return f"{self.writer.api}/repositories/{facts.database_id}{self.below}"


def answer(world: World, request: Request) -> Answer:
    """Return the answer to a path; who reads it has been admitted."""
    parts = PATH.fullmatch(request.path)
    if parts is None or request.method != "GET":
        return rest_answers.not_found()
    found, is_present = _repository(world, parts)
    if found is None or found.access in (Access.GONE, Access.PRIVATE):
        return rest_answers.not_found()
    if found.access is Access.SAML:
        return rest_answers.sign_on_first()
    writer = RestWriter(world, found, f"{request.server}{parts['prefix']}")
    visit = Visit(request, found, writer, parts["below"])
    return _inside(visit) if is_present else rest_answers.moved(_with_query(visit))


def is_feed(path: str) -> bool:
    """Return whether a path is that of a repository's comments on the diff."""
    parts = PATH.fullmatch(path)
    return parts is not None and parts["below"] == FEED


def _repository(world: World, parts: re.Match[str]) -> tuple[Repository | None, bool]:
    """Return the repository of a path, and whether it is there under its present name."""
    if parts["id"]:
        return world.repositories.get(int(parts["id"])), True
    name = f"{unquote(parts['owner'])}/{unquote(parts['name'])}"
    return world.find(name), world.find(name, follow_renames=False) is not None


def _inside(visit: Visit) -> Answer:
    for pattern, handler in _HANDLERS:
        parts = re.fullmatch(pattern, visit.below)
        if parts is not None:
            return handler(visit, *map(int, parts.groups()))
    return rest_answers.not_found()


def _feed(visit: Visit) -> Answer:
    return _listed(visit, visit.repository.feed())


def _comments_of(visit: Visit, number: int) -> Answer:
    found = visit.repository.pull_request(number)
    return rest_answers.not_found() if found is None else _listed(visit, Feed([found]))


def _comment(visit: Visit, database_id: int) -> Answer:
    item = visit.repository.feed().find(database_id)
    if item is None:
        return rest_answers.not_found()
    (comment,) = _comments(visit.repository, [item])
    return answers.of_json(200, visit.writer.comment(comment))


def _pull_request(visit: Visit, number: int) -> Answer:
    found = visit.repository.pull_request(number)
    if found is None:
        return rest_answers.not_found()
    return answers.of_json(200, visit.writer.pull_request(found))


def _listed(visit: Visit, feed: Feed) -> Answer:
    parameters = visit.request.parameters
    query = ListQuery.of(parameters)
    items, count = query.page_of(feed)
    comments = _comments(visit.repository, items)
    links = link_header(visit.url, parameters, query, count)
    return answers.of_json(200, [visit.writer.comment(each) for each in comments], links)


def _comments(repository: Repository, items: Sequence[FeedItem]) -> Iterator[ReviewComment]:
    for item in items:
        pull_request = repository.pull_request(item.number)
        assert pull_request is not None, "the feed forgets what is deleted"
        wanted = item.database_id
        yield next(c for c in pull_request.review_comments if c.database_id == wanted)


def _with_query(visit: Visit) -> str:
    query = urlencode(visit.request.parameters)
    return f"{visit.url}?{query}" if query else visit.url


_HANDLERS: Sequence[tuple[str, Callable[..., Answer]]] = (
    (FEED, _feed),
    (r"/pulls/comments/(\d{1,18})", _comment),
    (r"/pulls/(\d{1,18})", _pull_request),
    (r"/pulls/(\d{1,18})/comments", _comments_of),
)
