"""The sandbox's own endpoints under `/_sandbox/`: counters, faults, clock, world, export."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from contributor_backfill.domain.errors import BackfillError, InvalidInput, NotFound
from contributor_backfill.sandbox import answers
from contributor_backfill.sandbox.answers import Answer
from contributor_backfill.sandbox.faults import rule_of
from contributor_backfill.sandbox.service.answering import Service
from contributor_backfill.sandbox.service.request import Request
from contributor_backfill.sandbox.world import changes, export


def answer(service: Service, request: Request) -> Answer:
    """Answer a request to the sandbox itself; what cannot be done is 400 with one sentence."""
    handler = _HANDLERS.get((request.method, request.path.removeprefix("/_sandbox/")))
    if handler is None:
        known = ", ".join(f"{method} {path}" for method, path in _HANDLERS)
        return answers.of_json(404, {"message": f"The sandbox knows {known}."})
    try:
        with service.lock:
            return handler(service, request)
    except BackfillError as error:
        return answers.of_json(400, {"message": str(error)})


def _counters(service: Service, _: Request) -> Answer:
    return answers.of_json(200, service.counters.snapshot(service.rules.hits()))


def _add_faults(service: Service, request: Request) -> Answer:
    document = _json(request)
    for rule in [
        rule_of(each) for each in (document if isinstance(document, list) else [document])
    ]:
        service.rules.add(rule)
    return answers.of_json(200, {"active": len(service.rules.active)})


def _clear_faults(service: Service, _: Request) -> Answer:
    service.rules.clear()
    return answers.of_json(200, {"active": 0})


def _clock(service: Service, request: Request) -> Answer:
    seconds = _object(request).get("advance_seconds")
    if not isinstance(seconds, int | float):
        raise InvalidInput('The clock takes {"advance_seconds": a number}.')
    service.clock.advance(seconds)
    return answers.of_json(200, {"now": service.clock.now().isoformat()})


def _world(service: Service, request: Request) -> Answer:
    return answers.of_json(200, changes.apply(service.world, service.clock, _object(request)))


def _export(service: Service, request: Request) -> Answer:
    name = request.parameters.get("repository", "")
    repository = service.world.find(name)
    if repository is None:
        raise NotFound(f"The sandbox has no repository {name!r}.")
    lines = export.lines(service.world, repository)
    return Answer(200, content_type="application/x-ndjson", stream=_locked(service, lines))


def _locked(service: Service, lines: Iterator[bytes]) -> Iterator[bytes]:
    """Yield line by line, with the lock only while one is made."""
    while True:
        with service.lock:
            line = next(lines, None)
        if line is None:
            return
        yield line


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


_HANDLERS: Mapping[tuple[str, str], Callable[[Service, Request], Answer]] = {
    ("GET", "counters"): _counters,
    ("POST", "faults"): _add_faults,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "clock"): _clock,
    ("POST", "world"): _world,
    ("GET", "export"): _export,
}
