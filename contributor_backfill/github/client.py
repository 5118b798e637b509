"""The only place that sends anything to GitHub."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import requests
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema
from urllib3.exceptions import HTTPError, ReadTimeoutError

from contributor_backfill.domain.addresses import Unreadable, parse
from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.errors import NotConfigured
from contributor_backfill.domain.network import DIRECT, Network, proxy_fails
from contributor_backfill.github.faults import TooLarge, TooSlow, Unavailable, Unusable
from contributor_backfill.github.rest import RestAnswer, decipher_rest, rest_headers
from contributor_backfill.github.sansio import Answer, decipher, request_body, request_headers
from contributor_backfill.net.reading import MEBIBYTE, Garbled, Limit, TooLong, read_body
from contributor_backfill.net.sessions import Session

if TYPE_CHECKING:
    from contributor_backfill.domain.types import RateLimit

CONNECT_SECONDS = 10
# GitHub cuts a query off at ten seconds: its own 502 must have time to arrive.
READ_SECONDS = 20
TOTAL_SECONDS = 60
"""For a whole response: those ten seconds, and the largest page over a line of 5 Mbit/s, packed."""
# The largest page: 100 pull requests whose bodies have the 65,536 characters that GitHub allows, of
# four bytes each: 26 MB; as much again for the texts of reviews and comments; and 20,000 of those
# with half a kilobyte of other fields each: 10 MB. That is 62 MB. One pull request alone with 200
# such texts has 53 MB, so that a page of one comes through as well. Text is packed to a quarter.
LIMIT = Limit(packed=16 * MEBIBYTE, unpacked=64 * MEBIBYTE)
MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})

SEE_OTHER = 303
"""The one that asks for something else than what was asked for."""


def new_session(network: Network = DIRECT) -> Session:
    """Return a session that keeps its connection open between requests."""
    return Session(network, TOTAL_SECONDS)


@dataclass(frozen=True)
class Received:
    """A response as it came: its status, its headers in lower case, its body unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class GitHubClient:
    """Send requests one after another, as GitHub asks.

    Raises the faults of `github.faults`, and nothing of `requests`.
    """

    def __init__(
        self,
        session: requests.Session,
        clock: Clock,
        *,
        token: str,
        graphql_url: str,
        api_url: str,
    ) -> None:
        self.requests_sent = 0
        """GraphQL and REST together, tries that failed included."""
        self.points_spent = 0
        """GraphQL points, by GitHub's own account."""
        self.bytes_received = 0
        """Of answers' bodies, decompressed."""
        self.quota: RateLimit | None = None
        """GraphQL's hourly points, as GitHub last told of them."""
        self._session = session
        self._clock = clock
        self._graphql_url = graphql_url
        self._api_url = api_url.rstrip("/")
        self._token = token

    def execute(self, query: str, variables: Mapping[str, Any]) -> Answer:
        """Send a GraphQL query and return its answer."""
        response = self._send(
            "POST",
            self._graphql_url,
            setting="GITHUB_GRAPHQL_URL",
            data=request_body(query, variables),
            headers=request_headers(self._token),
        )
        answer = decipher(response.status, response.headers, response.body, self._clock.now())
        self.points_spent += answer.points
        self.quota = answer.rate_limit or self.quota
        return answer

    def get(
        self,
        path: str,
        parameters: Mapping[str, str | int] | None = None,
        etag: str | None = None,
    ) -> RestAnswer:
        """Get a document of the REST API; `path` begins with a slash. Renames are followed.

        The document of `etag` is not sent again, and asking for it costs nothing of the quota.
        """
        response = self._send(
            "GET",
            f"{self._api_url}{path}",
            setting="GITHUB_API_URL",
            params=parameters,
            headers=rest_headers(self._token, etag),
        )
        return decipher_rest(
            response.status,
            response.headers,
            response.body,
            self._clock.now(),
            is_conditional=etag is not None,
        )

    def write(self, method: str, path: str, document: Mapping[str, Any]) -> RestAnswer:
        """Send a document to the REST API with POST or PATCH; `path` begins with a slash."""
        response = self._send(
            method,
            f"{self._api_url}{path}",
            setting="GITHUB_API_URL",
            json=document,
            headers=rest_headers(self._token),
        )
        return decipher_rest(response.status, response.headers, response.body, self._clock.now())

    def _send(self, method: str, url: str, *, setting: str, **content: Any) -> Received:
        """Send a request, and again where a renamed repository is now; nowhere else."""
        received = self._send_once(method, url, setting=setting, **content)
        for _ in range(MOST_REDIRECTS):
            target = received.headers.get("location", "")
            if received.status not in REDIRECTS or not target:
                return received
            url = _same_place(url, target, received.status, setting)
            # The new address has the parameters already.
            content.pop("params", None)
            received = self._send_once(method, url, setting=setting, **content)
        raise Unusable(f"{parse(url)} redirects for ever.")

    def _send_once(self, method: str, url: str, *, setting: str, **content: Any) -> Received:
        self.requests_sent += 1
        with _explained(self._session, url, setting):
            response = self._session.request(
                method,
                url,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
                **content,
            )
            with response:
                # An adapter that answers from memory has no connection to read from.
                is_here = response.raw is None
                body = response.content if is_here else read_body(response.raw, LIMIT)
        self.bytes_received += len(body)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Received(response.status_code, headers, body)


def _same_place(url: str, target: str, status: int, setting: str) -> str:
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


@contextmanager
def _explained(session: requests.Session, url: str, setting: str) -> Iterator[None]:
    """Raise what goes wrong on the way as a fault, without the token."""
    try:
        yield
    except (requests.ReadTimeout, ReadTimeoutError) as error:
        raise TooSlow(
            f"GitHub did not answer within {READ_SECONDS} seconds, or not to the end within"
            f" {TOTAL_SECONDS}."
        ) from error
    except TooLong as error:
        raise TooLarge(f"GitHub's response is too large: {error}.") from None
    except Garbled as error:
        raise Unavailable(f"GitHub's response cannot be read: {error}.") from None
    except (InvalidSchema, InvalidURL, MissingSchema) as error:
        raise NotConfigured(
            f"{setting} {url!r} is not an address.",
            advice="Leave it out for github.com; else it looks like https://HOST/api/graphql"
            " or https://HOST/api/v3.",
        ) from error
    except requests.exceptions.ProxyError as error:
        proxy = session.proxy_for(url) if isinstance(session, Session) else None
        if proxy is None:
            raise Unavailable("The connection through a proxy broke.") from error
        raise proxy_fails(proxy) from None
    except (requests.RequestException, HTTPError) as error:
        raise Unavailable(
            f"The connection to {url} broke ({type(error).__name__}).",
            advice=f"Check the network, and {setting} if it is set.",
        ) from error
