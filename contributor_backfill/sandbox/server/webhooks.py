"""A sink for webhooks that the product sends, such as alerts."""

from http import HTTPStatus
from typing import Any

from contributor_backfill.domain.errors import InvalidInput


class WebhookSink:
    """Keeps the JSON of all that comes and answers with one status."""

    def __init__(self) -> None:
        self.status = 200
        self.received: list[Any] = []

    def take(self, document: Any) -> None:
        """Keep what came, whatever the answer will be."""
        self.received.append(document)

    def answer_with(self, status: object) -> None:
        """Answer with a status from now on. Raises `InvalidInput` for what is none."""
        known = [each.value for each in HTTPStatus if each >= HTTPStatus.OK]
        if status not in known:
            raise InvalidInput(f"A webhook cannot be answered with {status!r}.")
        self.status = known[known.index(status)]
