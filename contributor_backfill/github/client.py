"""The only place that sends anything to GitHub."""

from functools import cache
from importlib import resources
from typing import Any

import requests
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema

from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.errors import NotConfigured
from contributor_backfill.github.faults import TooHeavy, Unavailable
from contributor_backfill.github.sansio import Answer, decipher, request_body, request_headers

CONNECT_SECONDS = 10
# GitHub cuts a query off at ten seconds: its own 502 must have time to arrive.
READ_SECONDS = 20


@cache
def query_text(name: str) -> str:
    """Return the text of a query in `github/queries`."""
    file = resources.files("contributor_backfill.github") / "queries" / f"{name}.graphql"
    return file.read_text(encoding="utf-8")


def new_session() -> requests.Session:
    """Return a session that keeps its connection open between requests."""
    return requests.Session()


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Leave the token alone: without this, `requests` puts a `.netrc`'s password in its place."""
    return request


class GitHubClient:
    """Send GraphQL queries one after another, as GitHub asks.

    Raises the faults of `github.faults`, and nothing of `requests`.
    """

    def __init__(
        self, session: requests.Session, clock: Clock, *, token: str, graphql_url: str
    ) -> None:
        self.requests_sent = 0
        self._session = session
        self._clock = clock
        self._graphql_url = graphql_url
        self._headers = request_headers(token)

    def execute(self, query: str, variables: dict[str, Any]) -> Answer:
        """Send the query of that name and return its answer."""
        self.requests_sent += 1
        try:
            response = self._session.post(
                self._graphql_url,
                data=request_body(query_text(query), variables),
                headers=self._headers,
                auth=_as_it_is,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
            )
        except requests.ReadTimeout as error:
            raise TooHeavy(f"GitHub did not answer within {READ_SECONDS} seconds.") from error
        except (InvalidSchema, InvalidURL, MissingSchema) as error:
            raise NotConfigured(
                f"GITHUB_GRAPHQL_URL {self._graphql_url!r} is not an address.",
                advice="Leave it out for github.com; it looks like https://HOST/api/graphql.",
            ) from error
        except requests.RequestException as error:
            reason = type(error).__name__
            raise Unavailable(
                f"The connection to {self._graphql_url} broke ({reason}).",
                advice="Check the network, and GITHUB_GRAPHQL_URL if it is set.",
            ) from error
        headers = {name.lower(): value for name, value in response.headers.items()}
        return decipher(response.status_code, headers, response.content, self._clock.now())
