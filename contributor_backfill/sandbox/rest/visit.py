"""A REST request that has found its repository, and the routes it can take from there."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from contributor_backfill.sandbox import responses
from contributor_backfill.sandbox.repositories.records import Repository
from contributor_backfill.sandbox.request import Request
from contributor_backfill.sandbox.responses import Answer
from contributor_backfill.sandbox.rest import rest_responses
from contributor_backfill.sandbox.rest.documents import RestWriter
from contributor_backfill.sandbox.rest.lists import ListQuery, link_header


class Refusal(Exception):
    """Ends a request with an answer other than the one it asked for."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that has found its repository. `below` is the path inside of it."""

    request: Request
    repository: Repository
    writer: RestWriter
    below: str
    moment: str

    @property
    def url(self) -> str:
        """Return the address by database id, which outlives every name."""
        facts = self.repository.facts
        return f"{self.writer.api}/repositories/{facts.database_id}{self.below}"

    def document(self) -> dict[str, Any]:
        """Return the JSON object that was sent; no body is an empty one. Raises `Refusal`."""
        try:
            document = json.loads(self.request.body or b"{}")
        except ValueError as error:
            raise Refusal(rest_responses.bad_body("Problems parsing JSON")) from error
        if not isinstance(document, dict):
            raise Refusal(rest_responses.bad_body("Body should be a JSON object"))
        return document

    def listed(self, page: object, query: ListQuery, count: int) -> Answer:
        """Return a page with the links to those around it; `count` is what all pages have."""
        return responses.of_json(
            200, page, link_header(self.url, self.request.parameters, query, count)
        )


@dataclass(frozen=True, slots=True)
class Route:
    """What answers a path inside a repository, and which permission that takes.

    The handler is given the visit and the groups of the pattern.
    """

    method: str
    pattern: str
    handler: Callable[..., Answer]
    permission: str
