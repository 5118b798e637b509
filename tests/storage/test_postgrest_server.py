"""The test server keeps PostgREST's rules, as the Supabase client and plain HTTP see them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg
import pytest
from postgrest.exceptions import APIError
from supabase import Client, create_client
from supabase.lib.client_options import SyncClientOptions

from tests.support.pieces import first_piece
from tests.support.postgrest import PostgrestServer, postgrest_server
from tests.support.postgrest_examples import example_database
from tests.support.postgrest_faults import Kind


@pytest.fixture(scope="module")
def conninfo() -> Iterator[str]:
    with example_database() as conninfo:
        yield conninfo


@pytest.fixture
def server(conninfo: str) -> Iterator[PostgrestServer]:
    with postgrest_server(conninfo) as server:
        yield server


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=120) as client:
        yield client


@pytest.fixture
def supabase(server: PostgrestServer, http: httpx.Client) -> Client:
    return client_with(server, http, server.keys.secret_key)


def client_with(server: PostgrestServer, http: httpx.Client, key: str) -> Client:
    options = SyncClientOptions(httpx_client=http, auto_refresh_token=False, persist_session=False)
    return create_client(server.url, key, options)


def post(
    server: PostgrestServer, function: str, headers: dict[str, str], body: str = "{}"
) -> httpx.Response:
    return httpx.post(f"{server.url}/rest/v1/rpc/{function}", headers=headers, content=body)


def session_of(server: PostgrestServer, **headers: str) -> Any:
    return post(server, "session", headers).json()


def entries(conninfo: str, text: str) -> int:
    with psycopg.connect(conninfo) as connection:
        row = connection.execute("select count(*) from noted where text = %s", [text]).fetchone()
        assert row is not None
        return int(row[0])


def test_the_client_gets_the_json_object(supabase: Client) -> None:
    assert supabase.rpc("greet", {"name": "Ada"}).execute().data == {"ok": True, "says": "Ada!"}


def test_an_error_reaches_the_client_with_all_its_fields(supabase: Client) -> None:
    with pytest.raises(APIError) as raised:
        supabase.rpc("fail", {"state": "CB001"}).execute()
    error = raised.value
    assert (error.code, error.message, error.details, error.hint) == ("CB001", "m", "d", "h")


def test_both_kinds_of_keys_make_a_service_role(
    server: PostgrestServer, http: httpx.Client
) -> None:
    for key in (server.keys.secret_key, server.keys.service_jwt):
        session: Any = client_with(server, http, key).rpc("session", {}).execute().data
        assert (session["current"], session["claimed"]) == ("service_role", "service_role")
        assert session["login"] == "authenticator"


def test_a_secret_key_needs_no_authorization(server: PostgrestServer) -> None:
    assert session_of(server, apikey=server.keys.secret_key)["current"] == "service_role"


def test_a_publishable_key_is_anonymous(server: PostgrestServer) -> None:
    assert session_of(server, apikey=server.keys.publishable_key)["current"] == "anon"


def test_a_legacy_key_without_authorization_is_anonymous(server: PostgrestServer) -> None:
    assert session_of(server, apikey=server.keys.service_jwt)["current"] == "anon"


@pytest.mark.parametrize("key", ["sb_secret_of-another-project", "no key", "a.b.c"])
def test_an_unknown_key_stops_at_the_gateway(server: PostgrestServer, key: str) -> None:
    answer = post(server, "session", {"apikey": key, "Authorization": f"Bearer {key}"})
    assert (answer.status_code, answer.json()) == (401, {"message": "Invalid API key"})


def test_no_key_stops_at_the_gateway(server: PostgrestServer) -> None:
    answer = post(server, "session", {})
    assert answer.status_code == 401
    assert "No API key" in answer.json()["message"]


@pytest.mark.parametrize(
    ("lifetime", "words"), [(-100, "JWT expired"), (None, "Expected 3 parts; got 1")]
)
def test_a_bad_token_is_refused_in_postgrests_words(
    server: PostgrestServer, lifetime: int | None, words: str
) -> None:
    token = server.keys.sign("service_role", lifetime) if lifetime else "sb_secret_x"
    headers = {"apikey": server.keys.secret_key, "Authorization": f"Bearer {token}"}
    answer = post(server, "session", headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "PGRST301")
    assert words in answer.json()["message"]


def test_anon_is_told_401_and_service_role_403(server: PostgrestServer) -> None:
    for key, status in ((server.keys.publishable_key, 401), (server.keys.secret_key, 403)):
        answer = post(server, "reserved", {"apikey": key})
        assert (answer.status_code, answer.json()["code"]) == (status, "42501")


@pytest.mark.parametrize("arguments", [{}, {"nam": "Ada"}, {"name": "Ada", "more": 1}])
def test_arguments_that_fit_no_function_are_not_found(
    supabase: Client, arguments: dict[str, Any]
) -> None:
    with pytest.raises(APIError, match="PGRST202"):
        supabase.rpc("greet", arguments).execute()


def test_two_functions_that_fit_are_ambiguous(supabase: Client) -> None:
    with pytest.raises(APIError, match="PGRST203"):
        supabase.rpc("overloaded", {"a": 1}).execute()


def test_a_body_that_is_no_json_is_refused(server: PostgrestServer) -> None:
    answer = post(server, "greet", {"apikey": server.keys.secret_key}, "{bad")
    assert (answer.status_code, answer.json()["code"]) == (400, "PGRST102")


def test_a_failed_call_leaves_nothing_behind(supabase: Client, conninfo: str) -> None:
    with pytest.raises(APIError, match="P0001"):
        supabase.rpc("note_and_fail", {"entry": "undone"}).execute()
    assert entries(conninfo, "undone") == 0


def test_a_stable_function_may_not_write(supabase: Client) -> None:
    with pytest.raises(APIError):
        supabase.rpc("note_in_stable", {"entry": "x"}).execute()
    assert supabase.rpc("note", {"entry": "after"}).execute().data == {"ok": True}


def test_the_time_limit_is_that_of_the_login(server: PostgrestServer) -> None:
    assert session_of(server, apikey=server.keys.secret_key)["timeout"] == "8s"


def test_the_limit_of_a_role_goes_before_that_of_the_login(
    server: PostgrestServer, conninfo: str
) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("alter role service_role set statement_timeout = '7s'")
        assert session_of(server, apikey=server.keys.secret_key)["timeout"] == "7s"
        connection.execute("alter role service_role reset statement_timeout")


def test_the_limit_of_a_function_goes_before_all(supabase: Client) -> None:
    assert supabase.rpc("unhurried", {}).execute().data == "1min"
    with pytest.raises(APIError, match="57014"):
        supabase.rpc("hurried", {}).execute()


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("bad_gateway", "502"),
        ("unavailable", "PGRST001"),
        ("unauthorized", None),
        ("too_large", "413"),
    ],
)
def test_an_ordered_error_is_one_for_the_client(
    server: PostgrestServer, supabase: Client, kind: Kind, code: str | None
) -> None:
    server.fail_next(kind)
    with pytest.raises(APIError) as raised:
        supabase.rpc("greet", {"name": "Ada"}).execute()
    assert raised.value.code == code
    assert supabase.rpc("greet", {"name": "Ada"}).execute().data


@pytest.mark.parametrize("kind", ["html_200", "empty_200"])
def test_a_false_success_has_no_object(
    server: PostgrestServer, supabase: Client, kind: Kind
) -> None:
    server.fail_next(kind)
    assert not isinstance(supabase.rpc("greet", {"name": "Ada"}).execute().data, dict)


@pytest.mark.parametrize(("kind", "written"), [("cut_before", 0), ("cut_after", 1)])
def test_a_cut_connection_looks_the_same_whether_or_not_the_call_was_done(
    server: PostgrestServer, supabase: Client, conninfo: str, kind: Kind, written: int
) -> None:
    server.fail_next(kind)
    with pytest.raises(httpx.RemoteProtocolError):
        supabase.rpc("note", {"entry": kind}).execute()
    assert entries(conninfo, kind) == written


def test_a_slow_call_lasts_longer_than_the_clients_patience(
    server: PostgrestServer, supabase: Client, http: httpx.Client
) -> None:
    http.timeout = httpx.Timeout(0.1)
    server.fail_next("slow", seconds=60)
    with pytest.raises(httpx.ReadTimeout):
        supabase.rpc("greet", {"name": "Ada"}).execute()


def test_faults_come_as_often_as_ordered_and_to_the_function_named(
    server: PostgrestServer,
) -> None:
    headers = {"apikey": server.keys.secret_key}
    server.fail_next("unavailable", times=2, function="word")
    calls = ["word", "number", "word", "word"]
    assert [post(server, call, headers).status_code for call in calls] == [503, 200, 503, 200]
    assert server.calls == calls


def test_calls_run_side_by_side(server: PostgrestServer) -> None:
    headers = {"apikey": server.keys.secret_key}
    with ThreadPoolExecutor(8) as threads:
        answers = threads.map(lambda _: post(server, "word", headers).json(), range(40))
        assert set(answers) == {"word"}


def test_a_small_response_comes_in_one_piece(server: PostgrestServer) -> None:
    headers = {"apikey": server.keys.secret_key}
    piece, length = first_piece(f"{server.url}/rest/v1/rpc/word", {}, headers)
    assert len(piece) == length > 0
