"""REST: routes, its own quota, conditional requests, and the faults that strike it."""

import re
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any
from urllib.parse import unquote, urlencode

from contributor_backfill.sandbox.actions.routes import ROUTES as OF_ACTIONS
from contributor_backfill.sandbox.budget import Budget, Standing
from contributor_backfill.sandbox.faults import MARRED_BODIES, REPLACING, FaultKind
from contributor_backfill.sandbox.issues.routes import ROUTES as OF_ISSUES
from contributor_backfill.sandbox.messages import Request, Response, bad_credentials, of_json
from contributor_backfill.sandbox.pull_requests.routes import REVIEW_COMMENTS
from contributor_backfill.sandbox.pull_requests.routes import ROUTES as OF_PULL_REQUESTS
from contributor_backfill.sandbox.repositories import Access, Level, Repository
from contributor_backfill.sandbox.rest.call import (
    NOT_FOUND,
    SIGN_ON_FIRST,
    Call,
    Document,
    Refusal,
    Route,
    message,
    moved,
    rate_limited,
    size_of,
)
from contributor_backfill.sandbox.rest.documents import ROUTES as OF_REPOSITORIES
from contributor_backfill.sandbox.rule_book import ActiveRule
from contributor_backfill.sandbox.server.service import Service

_PATH = re.compile(
    r"(?P<prefix>(?:/api/v3)?)"
    r"/(?:repos/(?P<owner>[^/]+)/(?P<name>[^/]+)|repositories/(?P<id>\d{1,18}))"
    r"(?P<below>(?:/.*)?)"
)
_RATE_LIMIT_PATHS = frozenset({"/rate_limit", "/api/v3/rate_limit"})
_ROUTES = (*OF_REPOSITORIES, *OF_PULL_REQUESTS, *OF_ACTIONS, *OF_ISSUES)
_REFUSALS: Mapping[FaultKind, Response] = {
    FaultKind.NOT_FOUND: NOT_FOUND,
    FaultKind.SAML: SIGN_ON_FIRST,
}


def respond(service: Service, request: Request) -> Response:
    """Return the response to a REST request."""
    with service.lock:
        if not service.admits(request.token):
            return bad_credentials()
        budget = service.budget(request.token, "core")
        if request.path in _RATE_LIMIT_PATHS:
            graphql = service.budget(request.token, "graphql")
            return _rate_limit(budget.standing(), graphql.standing())
        return _allowed(service, request, budget)


def _rate_limit(core: Standing, graphql: Standing) -> Response:
    """Return what is left of both quotas."""
    resources = {"core": _standing(core), "graphql": _standing(graphql)}
    return of_json(200, {"resources": resources, "rate": _standing(core)}, core.headers())


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "limit": standing.limit,
        "used": standing.used,
        "remaining": standing.remaining,
        "reset": standing.reset_at,
        "resource": standing.resource,
    }


def _allowed(service: Service, request: Request, budget: Budget) -> Response:
    """Return the response to a request with a good token, if quota and faults let it."""
    due = service.rules.due_for_rest(request.method, request.path, size_of(request.parameters))
    for active in due:
        if active.rule.kind in REPLACING:
            return service.struck(active, budget.standing())
    standing = budget.standing()
    if not standing.remaining:
        service.counters.refused += 1
        return rate_limited(standing)
    found = _refused(service, due) or _routed(service, request)
    found = _charged(service, request, budget, _conditional(found, request))
    return service.marred(found, [active for active in due if active.rule.kind in MARRED_BODIES])


def _refused(service: Service, due: list[ActiveRule]) -> Response | None:
    """Return the response of a fault that takes the repository away for a moment."""
    for active in due:
        if active.rule.kind in _REFUSALS:
            service.rules.hit(active)
            return _REFUSALS[active.rule.kind]
    return None


def _conditional(found: Response, request: Request) -> Response:
    """Return the response with a tag of its body, or 304 for a client that has it.

    As on GitHub the tag is the token's too: with another one the same body has another tag.
    """
    if found.status != 200 or request.method != "GET":
        return found
    tag = f'"{sha256(request.token.encode() + b" " + found.body).hexdigest()}"'
    given = request.headers.get("if-none-match", "").split(",")
    tagged = found.with_headers({"etag": f"W/{tag}"})
    is_known = tag in {text.strip().removeprefix("W/") for text in given}
    return replace(tagged, status=304, body=b"") if is_known else tagged


def _charged(service: Service, request: Request, budget: Budget, found: Response) -> Response:
    """Return the response with the headers of the quota, which a 304 does not touch."""
    is_new = found.status != 304
    service.counters.rest_requests += is_new
    service.counters.not_modified += not is_new
    parts = _PATH.fullmatch(request.path)
    if found.status == 200 and parts and parts["below"] == REVIEW_COMMENTS:
        service.counters.rest_pages_by_size[size_of(request.parameters)] += 1
    return found.with_headers(budget.charge(int(is_new)).headers())


def _routed(service: Service, request: Request) -> Response:
    """Return what is at a path; who asks has been admitted."""
    parts = _PATH.fullmatch(request.path)
    repository, is_present = _repository_of(service, parts) if parts else (None, False)
    if parts is None or repository is None:
        return NOT_FOUND
    call = Call(
        request=request,
        world=service.world,
        repository=repository,
        api=f"{request.server}{parts['prefix']}",
        below=parts["below"],
        moment=service.clock.text(),
    )
    # Before any redirect: who may not see a repository is not told its new name either.
    closed = _closed(repository)
    if closed is not None:
        return closed
    if is_present:
        return _inside(call)
    # The lasting address, because the present name may be gone by the time it is followed.
    query = urlencode(request.parameters)
    return moved(f"{call.lasting_url}?{query}" if query else call.lasting_url, request.method)


def _repository_of(service: Service, parts: re.Match[str]) -> tuple[Repository | None, bool]:
    """Return the repository of a path, and whether it is there under its present name."""
    world = service.world
    if parts["id"]:
        return world.repositories.get(int(parts["id"])), True
    name = f"{unquote(parts['owner'])}/{unquote(parts['name'])}"
    return world.find(name), world.find(name, follow_renames=False) is not None


def _closed(repository: Repository) -> Response | None:
    """Return the response of a repository that cannot be read."""
    match repository.access:
        case Access.GONE | Access.PRIVATE:
            return NOT_FOUND
        case Access.SAML:
            return SIGN_ON_FIRST
        case Access.BLOCKED:
            block = {
                "reason": "dmca",
                "created_at": repository.facts.updated_at,
                "html_url": "https://github.com/github/dmca/blob/master/sandbox.md",
            }
            return of_json(451, {"message": "Repository access blocked", "block": block})
        case Access.OPEN:
            return None


def _inside(call: Call) -> Response:
    for route in _ROUTES:
        parts = re.fullmatch(route.pattern, call.below)
        if parts is not None and route.method == call.request.method:
            return _forbidden(call, route) or _handled(call, route, parts)
    return NOT_FOUND


def _forbidden(call: Call, route: Route) -> Response | None:
    """Return the response to somebody who may not take a route."""
    level = Level.READ if route.method == "GET" else Level.WRITE
    if not call.world.permissions.allow(call.request.token, route.permission, level):
        return message(403, "Resource not accessible by integration")
    if level is Level.WRITE and call.repository.facts.is_archived:
        return message(403, "Repository was archived so is read-only.")
    return None


def _handled(call: Call, route: Route, parts: re.Match[str]) -> Response:
    try:
        found: Response | Document = route.handler(call, *map(unquote, parts.groups()))
    except Refusal as refusal:
        return refusal.response
    return found if isinstance(found, Response) else of_json(200, found)
