"""One request to GitHub over `requests`, and its errors as faults of ours.

The client imports it with its first request: nobody else pays for `requests`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema
from urllib3.exceptions import HTTPError, ReadTimeoutError

from contributor_backfill.domain.errors import NotConfigured
from contributor_backfill.domain.network import proxy_fails
from contributor_backfill.github.faults import TooLarge, TooSlow, Unavailable
from contributor_backfill.github.http import HttpResponse
from contributor_backfill.net.responses import MEBIBYTE, Garbled, Limit, TooLong, read_body
from contributor_backfill.net.sessions import Session

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


def send(
    session: requests.Session, method: str, url: str, *, setting: str, **content: Any
) -> HttpResponse:
    """Send a request and return the response. Raises faults, and nothing of `requests`."""
    with _explained(session, url, setting):
        response = session.request(
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
    headers = {name.lower(): value for name, value in response.headers.items()}
    return HttpResponse(response.status_code, headers, body)


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
