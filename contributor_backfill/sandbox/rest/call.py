"""A REST request that has found its repository, and the responses it can get."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from contributor_backfill.sandbox.budget import Standing
from contributor_backfill.sandbox.clock import timestamp
from contributor_backfill.sandbox.messages import SINGLE_SIGN_ON, Request, Response, of_json
from contributor_backfill.sandbox.pull_requests.records import PullRequest
from contributor_backfill.sandbox.repositories import Repository
from contributor_backfill.sandbox.world import World

Document = dict[str, Any]
_ItemT = TypeVar("_ItemT")

_DOCUMENTATION = "https://docs.github.com/rest"
_NUMBER = re.compile(r"[0-9]{1,9}")  # no more digits: nobody asks for page 10^9
_DEFAULT_SIZE = 30
_LARGEST_SIZE = 100
_SORTS = {"created": "created", "created_at": "created", "updated": "updated"}


class Refusal(Exception):
    """Ends a request with a response other than the one it asked for."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def message(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response that says one sentence."""
    document = {"message": text, "documentation_url": _DOCUMENTATION, "status": str(status)}
    return of_json(status, document, headers)


NOT_FOUND = message(404, "Not Found")
"""The response where nothing is, or nothing for this token."""

SIGN_ON_FIRST = message(
    403,
    "Resource protected by organization SAML enforcement. You must grant your Personal Access "
    "token access to this organization.",
    SINGLE_SIGN_ON,
)
"""The response of an organization that asks for a single sign-on."""


def rate_limited(standing: Standing) -> Response:
    """Return 403 for a spent hour."""
    return message(403, "API rate limit exceeded for user ID 1.", standing.headers())


def moved(location: str, method: str) -> Response:
    """Return 301 for a thing that is elsewhere now; 307 keeps the body of a write."""
    document = {
        "message": "Moved Permanently",
        "url": location,
        "documentation_url": _DOCUMENTATION,
    }
    return of_json(301 if method == "GET" else 307, document, {"location": location})


def invalid(resource: str, field: str, code: str = "invalid", message: str = "") -> Refusal:
    """Return 422 for one field that cannot be as it is."""
    error = {"resource": resource, "code": code, "field": field}
    document = {
        "message": "Validation Failed",
        "errors": [{**error, **({"message": message} if message else {})}],
        "documentation_url": _DOCUMENTATION,
        "status": "422",
    }
    return Refusal(of_json(422, document))


@dataclass(frozen=True, slots=True)
class ListQuery:
    """A query string, read as GitHub reads it: whatever it does not understand is not there."""

    sort: str
    is_descending: bool
    since: str
    size: int
    page: int

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> "ListQuery":
        """Return what the parameters ask for. Without `sort`, `direction` means nothing."""
        sort = _SORTS.get(parameters.get("sort", ""), "id")
        return cls(
            sort=sort,
            # In the order of ids GitHub knows no direction.
            is_descending=sort != "id" and parameters.get("direction") == "desc",
            since=_moment(parameters.get("since", "")),
            size=size_of(parameters),
            page=_number(parameters.get("page"), 1),
        )

    @property
    def span(self) -> slice:
        """Return where the asked page lies in a list."""
        begin = (self.page - 1) * self.size
        return slice(begin, begin + self.size)

    def pages_around(self, count: int) -> dict[str, int]:
        """Return the pages around this one by their relation to it; a single page has none."""
        last = max(1, -(-count // self.size))
        pages: dict[str, int] = {}
        if self.page > 1:
            pages["prev"] = min(self.page - 1, last)
        if self.page < last:
            pages |= {"next": self.page + 1, "last": last}
        if self.page > 1:
            pages["first"] = 1
        return pages


def size_of(parameters: Mapping[str, str]) -> int:
    """Return the size of a page: 30 unless another is given, at most 100."""
    return min(_number(parameters.get("per_page"), _DEFAULT_SIZE), _LARGEST_SIZE)


def _number(text: str | None, usual: int) -> int:
    return int(text) or usual if text and _NUMBER.fullmatch(text) else usual


def _moment(text: str) -> str:
    """Return a moment in the world's form, or "" for what is none, which bounds nothing."""
    try:
        moment = datetime.fromisoformat(text)
        known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return timestamp(known.timestamp())
    except (OverflowError, ValueError):
        return ""


@dataclass(frozen=True, slots=True)
class Call:
    """A request that has found its repository.

    `api` is the address every other one begins with, `below` the path inside the repository.
    """

    request: Request
    world: World
    repository: Repository
    api: str
    below: str
    moment: str

    @property
    def url(self) -> str:
        """Return the address of the repository."""
        return f"{self.api}/repos/{self.repository.facts.name_with_owner}"

    @property
    def html_url(self) -> str:
        """Return the address of the repository's page."""
        return self.repository.facts.url

    @property
    def lasting_url(self) -> str:
        """Return the address by database id, which outlives every name."""
        return f"{self.api}/repositories/{self.repository.facts.database_id}{self.below}"

    @property
    def query(self) -> ListQuery:
        """Return which page of a list is asked for."""
        return ListQuery.of(self.request.parameters)

    def pull_request(self, number: int | str) -> PullRequest:
        """Return the pull request of a number. Raises `Refusal`."""
        found = self.repository.pull_request(int(number))
        if found is None:
            raise Refusal(NOT_FOUND)
        return found

    def document(self) -> Document:
        """Return the JSON object that was sent; no body is an empty one. Raises `Refusal`."""
        try:
            document = json.loads(self.request.body or b"{}")
        except ValueError as error:
            raise Refusal(message(400, "Problems parsing JSON")) from error
        if not isinstance(document, dict):
            raise Refusal(message(400, "Body should be a JSON object"))
        return document

    def listed(
        self,
        items: Sequence[_ItemT],
        document: Callable[["Call", _ItemT], Document],
        name: str = "",
    ) -> Response:
        """Return the asked page of `items`; with a `name`, under it and beside their number."""
        query, parameters = self.query, self.request.parameters
        # GitHub's links name the repository by its id: a rename between two pages breaks none.
        page = [document(self, item) for item in items[query.span]]
        links = ", ".join(
            f'<{self.lasting_url}?{urlencode({**parameters, "page": str(number)})}>; rel="{name}"'
            for name, number in query.pages_around(len(items)).items()
        )
        body = {"total_count": len(items), name: page} if name else page
        return of_json(200, body, {"link": links} if links else {})


@dataclass(frozen=True, slots=True)
class Route:
    """A path inside a repository, its handler, and the permission that it takes.

    The handler is given the call and the groups of the pattern; a document is sent with 200.
    """

    method: str
    pattern: str
    handler: Callable[..., Response | Document]
    permission: str


def needed_text(document: Document, name: str, resource: str, longest: int) -> str:
    """Return a text that must have been sent. Raises `Refusal`."""
    text = optional_text(document, name, resource, longest)
    if text is None or not text.strip():
        raise invalid(resource, name, "missing_field")
    return text


def optional_text(document: Document, name: str, resource: str, longest: int) -> str | None:
    """Return a text that was sent, or None where there is none. Raises `Refusal`."""
    text = document.get(name)
    if text is not None and not isinstance(text, str):
        raise invalid(resource, name)
    if text is not None and len(text) > longest:
        message = f"{name} is too long (maximum is {longest} characters)"
        raise invalid(resource, name, "custom", message)
    return text
