"""Receivers of what the product sends elsewhere than to GitHub: webhooks, and events to Inngest."""

import json
from collections import deque
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from contributor_backfill.domain.errors import InvalidInput
from contributor_backfill.sandbox.messages import Delivery, Request, Response, of_json


class WebhookSink:
    """Keeps the JSON of every webhook and responds with one status."""

    def __init__(self) -> None:
        self.status = 200
        self.received: list[Any] = []

    def take(self, document: Any) -> None:
        """Keep a webhook, whatever the response to it."""
        self.received.append(document)

    def respond_with(self, status: object) -> None:
        """Respond with a status from now on. Raises `InvalidInput` for what is none."""
        # Python's server fails on a status that it has no name for, and one below 200 ends nothing.
        if not isinstance(status, int) or status not in list(HTTPStatus) or status < HTTPStatus.OK:
            raise InvalidInput(f"A webhook cannot be answered with {status!r}.")
        self.status = status


INNGEST = "/e/"
"""The path of Inngest's events; behind it stands the key."""
LOST = "lost"
"""A scripted response: the events are taken, and the response is lost on its way."""


class InngestSink:
    """Takes events as Inngest's API does, and runs each id once.

    `received` are all events, `run` the first one of each id.
    """

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.run: dict[str, dict[str, Any]] = {}
        self._script: deque[int | str] = deque()

    def respond_with(self, script: Iterable[int | str]) -> None:
        """Respond to the next requests so, one after another: with a status, or `LOST`."""
        self._script.extend(script)

    def take(self, request: Request, bad_keys: frozenset[str]) -> Response:
        """Take the events of a request, unless the script says otherwise."""
        if request.path.removeprefix(INNGEST) in bad_keys:
            return _refusal(401, "Event key not found")
        scripted = self._script.popleft() if self._script else 200
        if scripted not in (200, LOST):
            return _refusal(int(scripted), "scripted")
        try:
            document = json.loads(request.body)
        except ValueError:
            return _refusal(400, "Cannot process event payload")
        events = document if isinstance(document, list) else [document]
        if not all(isinstance(event, dict) and event.get("name") for event in events):
            return _refusal(400, "Cannot process event payload")
        ids = [self._keep(event) for event in events]
        if scripted == LOST:
            return Response(200, delivery=Delivery.RESET)
        return of_json(200, {"ids": ids, "status": 200})

    def _keep(self, event: dict[str, Any]) -> str:
        self.received.append(event)
        number = f"01SANDBOX{len(self.received):05}"
        self.run.setdefault(event.get("id") or number, event)
        return number


def _refusal(status: int, error: str) -> Response:
    return of_json(status, {"error": error, "status": status})
