"""From a path to whoever answers it."""

from contributor_backfill.sandbox.answers import Answer
from contributor_backfill.sandbox.service import control
from contributor_backfill.sandbox.service.answering import Request, Service, with_headers

_GRAPHQL_PATHS = frozenset({"/graphql", "/api/graphql"})


def route(service: Service, request: Request) -> Answer:
    """Return the answer to a request."""
    if request.path.startswith("/_sandbox/"):
        return control.answer(service, request)
    with service.lock:
        service.counters.requests += 1
    if request.method == "POST" and request.path in _GRAPHQL_PATHS:
        answer = service.graphql(request)
    else:
        answer = service.rest(request)
    return with_headers(answer, service.headers())
