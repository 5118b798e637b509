"""From a REST path to whoever answers it."""

import re
from urllib.parse import unquote, urlencode

from contributor_backfill.sandbox.answers import Answer
from contributor_backfill.sandbox.service import (
    actions_routes,
    dispatch_routes,
    issue_routes,
    label_routes,
    pull_routes,
    repository_routes,
    rest_answers,
)
from contributor_backfill.sandbox.service.repository_path import PATH, repository_of
from contributor_backfill.sandbox.service.request import Request
from contributor_backfill.sandbox.service.rest_documents import RestWriter
from contributor_backfill.sandbox.service.visit import Refusal, Route, Visit
from contributor_backfill.sandbox.world.permissions import Level
from contributor_backfill.sandbox.world.populace import World
from contributor_backfill.sandbox.world.repository import Access, Repository

_ROUTES = (
    *repository_routes.ROUTES,
    *pull_routes.ROUTES,
    *actions_routes.ROUTES,
    *dispatch_routes.ROUTES,
    *issue_routes.ROUTES,
    *label_routes.ROUTES,
)


def answer(world: World, request: Request, moment: str) -> Answer:
    """Return the answer to a path; who asks has been admitted."""
    parts = PATH.fullmatch(request.path)
    if parts is None:
        return rest_answers.not_found()
    found, is_present = repository_of(world, parts)
    if found is None:
        return rest_answers.not_found()
    closed = _closed(found)
    if closed is not None:
        return closed
    writer = RestWriter(world, found, f"{request.server}{parts['prefix']}")
    visit = Visit(request, found, writer, parts["below"], moment)
    if is_present:
        return _inside(visit)
    return rest_answers.moved(_with_query(visit), request.method)


def _closed(repository: Repository) -> Answer | None:
    """Return the answer of a repository that cannot be read."""
    match repository.access:
        case Access.GONE | Access.PRIVATE:
            return rest_answers.not_found()
        case Access.SAML:
            return rest_answers.sign_on_first()
        case Access.BLOCKED:
            return rest_answers.blocked(repository.facts.updated_at)
        case Access.OPEN:
            return None


def _inside(visit: Visit) -> Answer:
    for route in _ROUTES:
        parts = re.fullmatch(route.pattern, visit.below)
        if parts is not None and route.method == visit.request.method:
            return _forbidden(visit, route) or _handled(visit, route, parts)
    return rest_answers.not_found()


def _forbidden(visit: Visit, route: Route) -> Answer | None:
    """Return the answer to somebody who may not take a route."""
    level = Level.READ if route.method == "GET" else Level.WRITE
    permissions = visit.writer.world.permissions
    if not permissions.allow(visit.request.token, route.permission, level):
        return rest_answers.not_accessible()
    if level is Level.WRITE and visit.repository.facts.is_archived:
        return rest_answers.read_only()
    return None


def _handled(visit: Visit, route: Route, parts: re.Match[str]) -> Answer:
    try:
        return route.handler(visit, *map(unquote, parts.groups()))
    except Refusal as refusal:
        return refusal.answer


def _with_query(visit: Visit) -> str:
    query = urlencode(visit.request.parameters)
    return f"{visit.url}?{query}" if query else visit.url
