"""The only place that sends anything to GitHub."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import requests
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema

from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.errors import NotConfigured
from contributor_backfill.github.faults import TooHeavy, Unavailable
from contributor_backfill.github.rest import RestAnswer, decipher_rest, rest_headers
from contributor_backfill.github.sansio import Answer, decipher, request_body, request_headers

if TYPE_CHECKING:
    from contributor_backfill.domain.types import RateLimit

CONNECT_SECONDS = 10
# GitHub cuts a query off at ten seconds: its own 502 must have time to arrive.
READ_SECONDS = 20


def new_session() -> requests.Session:
    """Return a session that keeps its connection open between requests."""
    return requests.Session()


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Leave the token alone: without this, `requests` puts a `.netrc`'s password in its place."""
    return request


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
        headers = _lower(response.headers)
        answer = decipher(response.status_code, headers, response.content, self._clock.now())
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
            response.status_code,
            _lower(response.headers),
            response.content,
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
        headers = _lower(response.headers)
        return decipher_rest(response.status_code, headers, response.content, self._clock.now())

    def _send(self, method: str, url: str, *, setting: str, **content: Any) -> requests.Response:
        self.requests_sent += 1
        try:
            response = self._session.request(
                method, url, auth=_as_it_is, timeout=(CONNECT_SECONDS, READ_SECONDS), **content
            )
        except requests.ReadTimeout as error:
            raise TooHeavy(f"GitHub did not answer within {READ_SECONDS} seconds.") from error
        except (InvalidSchema, InvalidURL, MissingSchema) as error:
            raise NotConfigured(
                f"{setting} {url!r} is not an address.",
                advice="Leave it out for github.com; else it looks like https://HOST/api/graphql"
                " or https://HOST/api/v3.",
            ) from error
        except requests.RequestException as error:
            reason = type(error).__name__
            raise Unavailable(
                f"The connection to {url} broke ({reason}).",
                advice=f"Check the network, and {setting} if it is set.",
            ) from error
        self.bytes_received += len(response.content)
        return response


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
