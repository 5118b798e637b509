"""REST: its own quota, conditional requests, and the faults that strike it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256

from contributor_backfill.sandbox import responses
from contributor_backfill.sandbox.budget import Budget
from contributor_backfill.sandbox.faults import MARRED_BODIES, REPLACING, FaultKind
from contributor_backfill.sandbox.pull_requests import routes
from contributor_backfill.sandbox.request import Request
from contributor_backfill.sandbox.responses import Answer
from contributor_backfill.sandbox.rest import rest_responses
from contributor_backfill.sandbox.rest.lists import size_of
from contributor_backfill.sandbox.rule_book import ActiveRule
from contributor_backfill.sandbox.server import fault_responses, rest_routes
from contributor_backfill.sandbox.server.service import Service, with_headers
from contributor_backfill.sandbox.world import timestamps

_RATE_LIMIT_PATHS = frozenset({"/rate_limit", "/api/v3/rate_limit"})
_REFUSALS: Mapping[FaultKind, Callable[[], Answer]] = {
    FaultKind.NOT_FOUND: rest_responses.not_found,
    FaultKind.SAML: rest_responses.sign_on_first,
}


def answer(service: Service, request: Request) -> Answer:
    """Answer a REST request."""
    with service.lock:
        if not service.admits(request.token):
            return responses.bad_credentials()
        budget = service.budget(request.token, "core")
        if request.path in _RATE_LIMIT_PATHS:
            graphql = service.budget(request.token, "graphql")
            return rest_responses.rate_limit(budget.standing(), graphql.standing())
        return _allowed(service, request, budget)


def _allowed(service: Service, request: Request, budget: Budget) -> Answer:
    """Answer a request with a good token, if quota and faults let it."""
    due = service.rules.due_for_rest(request.method, request.path, size_of(request.parameters))
    for active in due:
        if active.rule.kind in REPLACING:
            return service.struck(active, budget.standing())
    standing = budget.standing()
    if not standing.remaining:
        service.counters.refused += 1
        return rest_responses.rate_limited(standing)
    found = _refused(service, due) or rest_routes.answer(service.world, request, _moment(service))
    return _marred(service, due, _charged(service, request, budget, _conditional(found, request)))


def _refused(service: Service, due: list[ActiveRule]) -> Answer | None:
    """Return the answer of a fault that takes the repository away for a moment."""
    for active in due:
        refusal = _REFUSALS.get(active.rule.kind)
        if refusal is not None:
            service.rules.hit(active)
            return refusal()
    return None


def _marred(service: Service, due: list[ActiveRule], found: Answer) -> Answer:
    for active in due:
        if active.rule.kind in MARRED_BODIES:
            service.rules.hit(active)
            return fault_responses.marred(active.rule, found)
    return found


def _conditional(found: Answer, request: Request) -> Answer:
    """Return the answer with a tag of its body, or 304 for a client that has it.

    As on GitHub the tag is the token's too: with another one the same body has another tag.
    """
    if found.status != 200 or request.method != "GET":
        return found
    tag = f'"{sha256(request.token.encode() + b" " + found.body).hexdigest()}"'
    known = {each.strip().removeprefix("W/") for each in _if_none_match(request)}
    tagged = with_headers(found, {"etag": f"W/{tag}"})
    return replace(tagged, status=304, body=b"") if tag in known else tagged


def _moment(service: Service) -> str:
    return timestamps.to_text(service.clock.epoch())


def _if_none_match(request: Request) -> list[str]:
    return request.headers.get("if-none-match", "").split(",")


def _charged(service: Service, request: Request, budget: Budget, found: Answer) -> Answer:
    """Return the answer with the headers of the quota, which a 304 does not touch."""
    is_new = found.status != 304
    service.counters.rest_requests += is_new
    service.counters.not_modified += not is_new
    if found.status == 200 and routes.is_feed(request.path):
        service.counters.rest_page(size_of(request.parameters))
    return with_headers(found, budget.charge(int(is_new)).headers())
