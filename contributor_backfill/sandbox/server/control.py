"""The sandbox's own endpoints under `/_sandbox/`: counters, faults, clock, world, export, sink."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from contributor_backfill.domain.errors import BackfillError, InvalidInput
from contributor_backfill.sandbox import export
from contributor_backfill.sandbox.changes import apply
from contributor_backfill.sandbox.faults import rule_of
from contributor_backfill.sandbox.messages import Request, Response, of_json
from contributor_backfill.sandbox.repositories import Repository
from contributor_backfill.sandbox.server.service import Service


def respond(service: Service, request: Request) -> Response:
    """Respond to a request to the sandbox itself; what cannot be done is 400 with one sentence."""
    handler = _HANDLERS.get((request.method, request.path.removeprefix("/_sandbox/")))
    if handler is None:
        known = ", ".join(f"{method} {path}" for method, path in _HANDLERS)
        return of_json(404, {"message": f"The sandbox knows {known}."})
    try:
        with service.lock:
            return handler(service, request)
    except BackfillError as error:
        return of_json(400, {"message": str(error)})


def _counters(service: Service, _: Request) -> Response:
    return of_json(200, service.counters.snapshot(service.rules.hits()))


def _add_faults(service: Service, request: Request) -> Response:
    document = _json(request)
    given = document if isinstance(document, list) else [document]
    # All are read before the first is in force: one that is wrong refuses the whole request.
    for rule in [rule_of(fault) for fault in given]:
        service.rules.add(rule)
    return of_json(200, {"active": len(service.rules.active)})


def _clear_faults(service: Service, _: Request) -> Response:
    service.rules.clear()
    return of_json(200, {"active": 0})


def _clock(service: Service, request: Request) -> Response:
    seconds = _object(request).get("advance_seconds")
    if not isinstance(seconds, int | float):
        raise InvalidInput('The clock takes {"advance_seconds": a number}.')
    service.clock.advance(seconds)
    return of_json(200, {"now": service.clock.now().isoformat()})


def _world(service: Service, request: Request) -> Response:
    return of_json(200, apply(service.world, service.clock, _object(request)))


def _export(service: Service, request: Request) -> Response:
    found = export.lines(service.world, _repository(service, request))
    return Response(200, content_type="application/x-ndjson", stream=_locked(service, found))


def _locked(service: Service, lines: Iterator[bytes]) -> Iterator[bytes]:
    """Yield line by line, with the lock only while one is made."""
    while True:
        with service.lock:
            line = next(lines, None)
        if line is None:
            return
        yield line


def _dispatches(service: Service, request: Request) -> Response:
    return of_json(200, export.dispatches(_repository(service, request)))


def _issues(service: Service, request: Request) -> Response:
    return of_json(200, export.issues(service.world, _repository(service, request)))


def _take_webhook(service: Service, request: Request) -> Response:
    service.webhooks.take(_json(request))
    return Response(service.webhooks.status)


def _webhooks(service: Service, _: Request) -> Response:
    return of_json(200, service.webhooks.received)


def _set_webhook_status(service: Service, request: Request) -> Response:
    service.webhooks.respond_with(_object(request).get("status"))
    return of_json(200, {"status": service.webhooks.status})


def _repository(service: Service, request: Request) -> Repository:
    return service.world.repository(request.parameters.get("repository", ""))


def _json(request: Request) -> Any:
    try:
        document = json.loads(request.body)
    except ValueError as error:
        raise InvalidInput(f"The body is not JSON: {error}.") from error
    return document


def _object(request: Request) -> dict[str, Any]:
    document = _json(request)
    if not isinstance(document, dict):
        raise InvalidInput("The body must be a JSON object.")
    return document


_HANDLERS: Mapping[tuple[str, str], Callable[[Service, Request], Response]] = {
    ("GET", "counters"): _counters,
    ("POST", "faults"): _add_faults,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "clock"): _clock,
    ("POST", "world"): _world,
    ("GET", "export"): _export,
    ("GET", "dispatches"): _dispatches,
    ("GET", "issues"): _issues,
    ("POST", "webhook"): _take_webhook,
    ("GET", "webhook"): _webhooks,
    ("POST", "webhook/status"): _set_webhook_status,
}
