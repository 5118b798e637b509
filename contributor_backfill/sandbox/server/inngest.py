"""Inngest's event API, as far as the product uses it: events by key, each id run once."""

import json
from collections import deque
from collections.abc import Iterable
from typing import Any

from contributor_backfill.sandbox.messages import Delivery, Request, Response, of_json

PREFIX = "/e/"
LOST = "lost"
"""A scripted answer: the events are taken, and the answer is lost on its way."""


class InngestSink:
    """Takes events and keeps those that Inngest would run.

    `received` is every event that came, `run` the first one of each id. `script` are the next
    answers: a status, or `LOST`.
    """

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.run: dict[str, dict[str, Any]] = {}
        self._script: deque[int | str] = deque()

    def answer_with(self, script: Iterable[int | str]) -> None:
        """Answer the next requests so, one after another."""
        self._script.extend(script)

    def take(self, request: Request, bad_keys: frozenset[str]) -> Response:
        """Take what was posted, unless the script says otherwise."""
        if request.path.removeprefix(PREFIX) in bad_keys:
            return _refusal(401, "Event key not found")
        scripted = self._script.popleft() if self._script else 200
        if scripted not in (200, LOST):
            return _refusal(int(scripted), "scripted")
        try:
            document = json.loads(request.body)
        except ValueError:
            return _refusal(400, "Cannot process event payload")
        events = document if isinstance(document, list) else [document]
        if not all(isinstance(each, dict) and each.get("name") for each in events):
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
