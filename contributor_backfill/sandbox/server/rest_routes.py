"""From a REST path to whoever answers it."""

import re
from urllib.parse import unquote, urlencode

from contributor_backfill.sandbox.actions import dispatch_routes
from contributor_backfill.sandbox.actions.routes import ROUTES as ACTIONS
from contributor_backfill.sandbox.issues import label_routes
from contributor_backfill.sandbox.issues.routes import ROUTES as ISSUES
from contributor_backfill.sandbox.pull_requests.routes import ROUTES as PULL_REQUESTS
from contributor_backfill.sandbox.repositories.permissions import Level
from contributor_backfill.sandbox.repositories.records import Access, Repository
from contributor_backfill.sandbox.repositories.routes import ROUTES as REPOSITORIES
from contributor_backfill.sandbox.request import Request
from contributor_backfill.sandbox.responses import Answer
from contributor_backfill.sandbox.rest import rest_responses
from contributor_backfill.sandbox.rest.documents import RestWriter
from contributor_backfill.sandbox.rest.repository_path import PATH, repository_of
from contributor_backfill.sandbox.rest.visit import Refusal, Route, Visit
from contributor_backfill.sandbox.world.world import World

_ROUTES = (
    *REPOSITORIES,
    *PULL_REQUESTS,
    *ACTIONS,
    *dispatch_routes.ROUTES,
    *ISSUES,
    *label_routes.ROUTES,
)


def answer(world: World, request: Request, moment: str) -> Answer:
    """Return the answer to a path; who asks has been admitted."""
    parts = PATH.fullmatch(request.path)
    if parts is None:
        return rest_responses.not_found()
    found, is_present = repository_of(world, parts)
    if found is None:
        return rest_responses.not_found()
    closed = _closed(found)
    if closed is not None:
        return closed
    writer = RestWriter(world, found, f"{request.server}{parts['prefix']}")
    visit = Visit(request, found, writer, parts["below"], moment)
    if is_present:
        return _inside(visit)
    return rest_responses.moved(_with_query(visit), request.method)


def _closed(repository: Repository) -> Answer | None:
    """Return the answer of a repository that cannot be read."""
    match repository.access:
        case Access.GONE | Access.PRIVATE:
            return rest_responses.not_found()
        case Access.SAML:
            return rest_responses.sign_on_first()
        case Access.BLOCKED:
            return rest_responses.blocked(repository.facts.updated_at)
        case Access.OPEN:
            return None


def _inside(visit: Visit) -> Answer:
    for route in _ROUTES:
        parts = re.fullmatch(route.pattern, visit.below)
        if parts is not None and route.method == visit.request.method:
            return _forbidden(visit, route) or _handled(visit, route, parts)
    return rest_responses.not_found()


def _forbidden(visit: Visit, route: Route) -> Answer | None:
    """Return the answer to somebody who may not take a route."""
    level = Level.READ if route.method == "GET" else Level.WRITE
    permissions = visit.writer.world.permissions
    if not permissions.allow(visit.request.token, route.permission, level):
        return rest_responses.not_accessible()
    if level is Level.WRITE and visit.repository.facts.is_archived:
        return rest_responses.read_only()
    return None


def _handled(visit: Visit, route: Route, parts: re.Match[str]) -> Answer:
    try:
        return route.handler(visit, *map(unquote, parts.groups()))
    except Refusal as refusal:
        return refusal.answer


def _with_query(visit: Visit) -> str:
    query = urlencode(visit.request.parameters)
    return f"{visit.url}?{query}" if query else visit.url
