"""From a path to whoever answers it."""

from contributor_backfill.sandbox.request import Request
from contributor_backfill.sandbox.responses import Answer
from contributor_backfill.sandbox.server import control, inngest, rest
from contributor_backfill.sandbox.server.service import Service, with_headers

_GRAPHQL_PATHS = frozenset({"/graphql", "/api/graphql"})


def route(service: Service, request: Request) -> Answer:
    """Return the answer to a request."""
    if request.path.startswith("/_sandbox/"):
        return control.answer(service, request)
    if request.method == "POST" and request.path.startswith(inngest.PREFIX):
        with service.lock:
            return service.inngest.take(request, service.bad_tokens)
    with service.lock:
        service.counters.requests += 1
    if request.method == "POST" and request.path in _GRAPHQL_PATHS:
        answer = service.graphql(request)
    else:
        answer = rest.answer(service, request)
    return with_headers(answer, service.headers())
