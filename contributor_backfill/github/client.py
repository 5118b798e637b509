"""The only place that sends anything to GitHub."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urljoin

from contributor_backfill.domain.addresses import Unreadable, parse
from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.network import DIRECT, Network
from contributor_backfill.domain.types import RateLimit
from contributor_backfill.github.faults import (
    AccessLost,
    BadCredentials,
    GitHubFault,
    Gone,
    PrimaryLimit,
    Unusable,
)
from contributor_backfill.github.http import (
    HttpResponse,
    Response,
    RestResponse,
    expected_shape,
    parse_graphql,
    parse_rest,
    request_headers,
    rest_headers,
)
from contributor_backfill.github.tokens import Resource, Token, Tokens, refused
from contributor_backfill.net.tracing import traced

if TYPE_CHECKING:
    import requests

    from contributor_backfill.net.sessions import Session


MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})

REPOSITORY_PATH = re.compile(r"/repos/([^/]+/[^/?]+)")
R = TypeVar("R", Response, RestResponse)

SEE_OTHER = 303
"""The redirect to another document than the one that was asked for."""


def new_session(network: Network = DIRECT) -> "Session":
    """Return a session that keeps its connection open between requests."""
    # Most runs find nothing due, and `requests` takes longer to import than they take.
    from contributor_backfill.github.sending import TOTAL_SECONDS
    from contributor_backfill.net.sessions import Session

    return Session(network, TOTAL_SECONDS)


class GitHubClient:
    """Send requests one after another, as GitHub asks. The session is opened with the first.

    Raises the faults of `github.faults`, and nothing of `requests`.
    """

    def __init__(
        self,
        open_session: "Callable[[], requests.Session]",
        clock: Clock,
        *,
        token: str,
        graphql_url: str,
        api_url: str,
        tokens_of_owners: Mapping[str, str] | None = None,
    ) -> None:
        self.requests_sent = 0
        """GraphQL and REST together, tries that failed included."""
        self.points_spent = 0
        """GraphQL points, by GitHub's own account."""
        self.bytes_received = 0
        """Of the bodies of responses, decompressed."""
        self.quota: RateLimit | None = None
        """GraphQL's hourly points of the general token, by GitHub's last response."""
        self.tokens = Tokens(token, tokens_of_owners)
        self.refused_owners: set[str] = set()
        """Whose tokens GitHub did not accept."""
        self._open_session = open_session
        self._session: requests.Session | None = None
        self._clock = clock
        self._graphql_url = graphql_url
        self._api_url = api_url.rstrip("/")
        self._serving = ""

    def serve(self, full_name: str) -> None:
        """Say which repository the next queries are about: its owner may have a token."""
        self._serving = full_name

    def execute(self, query: str, variables: Mapping[str, Any]) -> Response:
        """Send a GraphQL query and return its response."""
        return self._with_token(
            Resource.GRAPHQL, self._serving, lambda token: self._execute(query, variables, token)
        )

    def _execute(self, query: str, variables: Mapping[str, Any], token: Token) -> Response:
        received = self._send(
            "POST",
            self._graphql_url,
            setting="GITHUB_GRAPHQL_URL",
            json={"query": query, "variables": dict(variables)},
            headers=request_headers(token.text),
        )
        response = parse_graphql(received, self._clock.now())
        self.points_spent += response.points
        # Runs report one quota, and all of them have this token.
        if token is self.tokens.general:
            self.quota = response.rate_limit or self.quota
        return response

    def get(
        self,
        path: str,
        parameters: Mapping[str, str | int] | None = None,
        etag: str | None = None,
    ) -> RestResponse:
        """Get a document of the REST API; `path` begins with a slash. Renames are followed.

        The document of `etag` is not sent again, and asking for it costs nothing of the quota.
        """
        named = REPOSITORY_PATH.match(path)
        return self._with_token(
            Resource.REST,
            named[1] if named else "",
            lambda token: self._get(path, parameters, etag, token),
        )

    def _get(
        self,
        path: str,
        parameters: Mapping[str, str | int] | None,
        etag: str | None,
        token: Token,
    ) -> RestResponse:
        received = self._send(
            "GET",
            f"{self._api_url}{path}",
            setting="GITHUB_API_URL",
            params=parameters,
            headers=rest_headers(token.text, etag),
        )
        return parse_rest(received, self._clock.now(), is_conditional=etag is not None)

    def pages(
        self, path: str, parameters: Mapping[str, str | int], most: int
    ) -> Iterator[RestResponse]:
        """Get a list page by page, each when it is needed, and no more than `most`."""
        for page in range(1, most + 1):
            response = self.get(path, {**parameters, "page": page})
            yield response
            if not response.has_next_page:
                return

    def quotas(self) -> tuple[RestResponse, ...]:
        """Return what `/rate_limit` says of each token; of an owner's that is refused, nothing."""
        found = []
        for token in self.tokens.every:
            try:
                found.append(self._get("/rate_limit", None, None, token))
            except BadCredentials:
                if not token.owner:
                    raise
                self.refused_owners.add(token.owner)
        return tuple(found)

    def write(self, method: str, path: str, document: Mapping[str, Any]) -> RestResponse:
        """Send a document to the REST API with POST or PATCH; `path` begins with a slash.

        With the general token: what captures only reads.
        """
        received = self._send(
            method,
            f"{self._api_url}{path}",
            setting="GITHUB_API_URL",
            json=document,
            headers=rest_headers(self.tokens.general.text),
        )
        return parse_rest(received, self._clock.now())

    def _with_token(self, resource: Resource, full_name: str, ask: Callable[[Token], R]) -> R:
        """Ask with the token that serves a repository, and with another where it does not.

        `rate_limit` is then what is left of the best token, which is what a run goes by; what one
        owner has too little of is that owner's `PrimaryLimit`.
        """
        if not self.tokens.of_owners:
            return ask(self.tokens.general)
        usable, limit = self.tokens.usable(full_name, resource, self._clock.now())
        fault: GitHubFault | None = None
        for token in usable:
            try:
                response = ask(token)
            except PrimaryLimit as spent:
                # GitHub said nothing of its size, and nothing is left: it sits out until the reset.
                token.left[resource] = RateLimit(0, 0, spent.reset_at)
                limit = limit or spent
            except BadCredentials:
                # Without the general token nothing works; an owner's concerns that owner alone.
                if not token.owner:
                    raise
                self.refused_owners.add(token.owner)
                fault = refused(token.owner)
            except AccessLost as lost:
                fault = fault or lost
            else:
                if response.rate_limit:
                    token.left[resource] = response.rate_limit
                if isinstance(fault, AccessLost):
                    self.tokens.cannot_read(full_name)
                return replace(response, rate_limit=self.tokens.best_left(resource))
        # A repository is not lost while the token that may read it has to wait.
        found = limit or fault
        assert found is not None, "each token was left out, or has failed"
        raise found

    def _send(self, method: str, url: str, *, setting: str, **content: Any) -> HttpResponse:
        """Send a request, and again where a renamed repository is now; nowhere else."""
        from contributor_backfill.github.sending import send

        if self._session is None:
            self._session = self._open_session()
        for _ in range(MOST_REDIRECTS + 1):
            self.requests_sent += 1
            with traced(f"{method} {url}") as notes:
                received = send(self._session, method, url, setting=setting, **content)
                notes.append(f"{received.status}, {len(received.body):,} bytes")
            self.bytes_received += len(received.body)
            target = received.headers.get("location", "")
            if received.status not in REDIRECTS or not target:
                return received
            url = _same_server(url, target, received.status, setting)
            # The new address has the parameters already.
            content.pop("params", None)
        raise Unusable(f"{parse(url)} redirects for ever.")


def _same_server(url: str, target: str, status: int, setting: str) -> str:
    """Return where a redirect leads, if that is the same server. Raises `Unusable` otherwise."""
    here = parse(url)
    try:
        there = parse(urljoin(url, target))
    except Unreadable:
        there = None
    if there is None or there.origin != here.origin or status == SEE_OTHER:
        raise Unusable(
            f"{here} redirects elsewhere, where the token does not go.",
            advice=f"Check {setting}, if it is set.",
        )
    return there.url


def graphql_quota(client: GitHubClient) -> RateLimit | None:
    """Return the GraphQL quota, or None where GitHub Enterprise Server has limits switched off."""
    try:
        return _quota(client, "graphql")
    except Gone:
        return None


def rest_quota(client: GitHubClient) -> RateLimit | None:
    """Return REST's quota, or None where GitHub Enterprise Server has limits switched off.

    Raises `Gone` where the address is not GitHub's API.
    """
    try:
        return _quota(client, "core")
    except Gone as gone:
        if "not enabled" in gone.message:
            return None
        raise


def _quota(client: GitHubClient, resource: str) -> RateLimit:
    """Add up the quotas of all tokens; they are whole again when the last of them is."""
    responses = client.quotas()
    with expected_shape():
        quotas = [response.document["resources"][resource] for response in responses]
        return RateLimit(
            sum(int(quota["limit"]) for quota in quotas),
            sum(int(quota["remaining"]) for quota in quotas),
            max(datetime.fromtimestamp(int(quota["reset"]), UTC) for quota in quotas),
        )
