"""No server makes us read for ever, or more than a response may have: GitHub, Supabase, Inngest."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import product

import pytest

from contributor_backfill.db.supabase import RpcTransport
from contributor_backfill.domain.clock import SystemClock
from contributor_backfill.domain.errors import BackfillError, StoreFault, StoreUnreachable
from contributor_backfill.github.client import GitHubClient, new_session
from contributor_backfill.github.faults import TooHeavy, TooLarge, TooSlow, Unavailable
from contributor_backfill.operations.outbound import Undelivered, exchange, post
from tests.support.raw_server import OK, RawServer, bomb, flood, raw_server

Sending = Callable[[str], object]


def ask_github(url: str) -> object:
    client = GitHubClient(new_session, SystemClock(), token="t", graphql_url=url, api_url=url)
    return client.execute("query", {})


def list_github(url: str) -> object:
    client = GitHubClient(new_session, SystemClock(), token="t", graphql_url=url, api_url=url)
    return client.get("/repos")


def call_supabase(url: str) -> object:
    return RpcTransport(url, "sb_secret_x").call("f", {})


def tell_inngest(url: str) -> object:
    return exchange(url, [])


def tell_webhook(url: str) -> None:
    post(url, {})


SENDERS: dict[str, tuple[Sending, type[BackfillError], type[BackfillError]]] = {
    "GraphQL": (ask_github, TooLarge, TooSlow),
    "REST": (list_github, TooLarge, TooSlow),
    "Supabase": (call_supabase, StoreFault, StoreUnreachable),
    "Inngest": (tell_inngest, Undelivered, Undelivered),
}
MEASURE = r"""
import re, sys
from pathlib import Path
from tests.github.test_limits_of_responses import SENDERS
send, too_large, _ = SENDERS[sys.argv[1]]
try:
    send(sys.argv[2])
except too_large:
    # What getrusage says includes the process that started this one.
    (most,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    print(int(most) // 1024)
"""
DRIPS: dict[str, tuple[bytes, bytes]] = {
    "status line": (b"", b"HTTP/1.1 200 " + b"O" * 10_000),
    "headers": (b"HTTP/1.1 200 OK\r\nX: ", b"y" * 10_000),
    "body": (OK + b"Content-Length: 10000\r\n\r\n", b" " * 10_000),
    "chunk": (OK + b"Transfer-Encoding: chunked\r\n\r\n2710\r\n", b" " * 10_000),
    "chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 3_000),
    "end unknown": (OK + b"\r\n", b" " * 10_000),
}


@pytest.fixture
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contributor_backfill.github.sending.TOTAL_SECONDS", 0.3)
    monkeypatch.setattr("contributor_backfill.operations.outbound.TOTAL_SECONDS", 0.3)
    monkeypatch.setattr("contributor_backfill.db.supabase.SECONDS", 0.3)


def dripping(begin: bytes, rest: bytes, is_over: threading.Event) -> Iterator[bytes]:
    """Send a beginning, and then one byte each twentieth of a second; no read ever waits longer."""
    yield begin
    for byte in rest:
        if is_over.wait(0.05):
            return
        yield bytes([byte])


@pytest.mark.usefixtures("_hasty")
@pytest.mark.parametrize("drip", DRIPS)
@pytest.mark.parametrize("sender", SENDERS)
def test_a_response_that_drips_is_given_up(sender: str, drip: str) -> None:
    send, _, too_slow = SENDERS[sender]
    servers: list[RawServer] = []

    def answer(_: bytes) -> Iterable[bytes]:
        return dripping(*DRIPS[drip], servers[0].is_over)

    with raw_server(answer) as server:
        servers.append(server)
        with pytest.raises(too_slow):
            send(server.url)


@pytest.mark.usefixtures("_hasty")
def test_a_webhook_whose_headers_drip_is_given_up() -> None:
    servers: list[RawServer] = []

    def answer(_: bytes) -> Iterable[bytes]:
        return dripping(*DRIPS["headers"], servers[0].is_over)

    with raw_server(answer) as server:
        servers.append(server)
        with pytest.raises(Undelivered):
            tell_webhook(server.url)


@pytest.mark.parametrize("sender", SENDERS)
def test_a_gigabyte_that_was_packed_is_not_unpacked(sender: str) -> None:
    with raw_server(lambda _: bomb(1024)) as server:
        done = subprocess.run(
            [sys.executable, "-c", MEASURE, sender, server.url],
            capture_output=True,
            text=True,
            check=True,
        )

    assert done.stdout, "it was found to be too large"
    assert int(done.stdout) < 300, "megabytes, of which the libraries are a hundred"


@pytest.mark.parametrize("sender", SENDERS)
def test_nor_is_a_flood_read_to_its_end(sender: str) -> None:
    send, too_large, _ = SENDERS[sender]

    with raw_server(lambda _: flood(65)) as server, pytest.raises(too_large, match=r"\d+ MB"):
        send(server.url)


def test_a_page_that_is_too_large_or_too_slow_is_asked_for_smaller() -> None:
    assert issubclass(TooLarge, TooHeavy)
    assert issubclass(TooSlow, TooHeavy)


@pytest.mark.parametrize(
    ("encoding", "body"), [("br", b"x"), ("zstd", b"x"), ("gzip, gzip", b"x"), ("gzip", b"no gzip")]
)
def test_an_encoding_that_nobody_asked_for_is_not_unpacked(encoding: str, body: bytes) -> None:
    response = OK + f"Content-Encoding: {encoding}\r\n\r\n".encode() + body
    with raw_server(lambda _: [response]) as server:
        with pytest.raises(Unavailable, match="cannot be read"):
            ask_github(server.url)
        with pytest.raises(StoreUnreachable):
            call_supabase(server.url)
        with pytest.raises(Undelivered):
            tell_inngest(server.url)

    assert all(
        b"Accept-Encoding: gzip\r\n" in head.replace(b"accept-encoding", b"Accept-Encoding")
        for head in server.requests
    )


LENGTHY = "evil words " * 500_000
ERRORS = {
    "message": f'{{"message": "{LENGTHY}"}}',
    "errors": f'{{"errors": [{{"message": "{LENGTHY}", "type": "{LENGTHY}"}}]}}',
    "code": f'{{"code": "{LENGTHY}", "message": "{LENGTHY}", "hint": "{LENGTHY}"}}',
}


@pytest.mark.parametrize("sent", ERRORS)
@pytest.mark.parametrize(
    ("sender", "status"),
    [
        ("GraphQL", 200),
        *product(("GraphQL", "REST", "Supabase"), (400, 403, 404, 422, 451, 500, 503)),
    ],
)
def test_no_error_is_longer_than_a_person_reads(sender: str, status: int, sent: str) -> None:
    """It ends on a screen, in records and in issues."""
    body = ERRORS[sent].encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nConnection: close\r\n"
    whole = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    send, _, _ = SENDERS[sender]
    with raw_server(lambda _: [whole]) as server, pytest.raises(BackfillError) as failed:
        send(server.url)

    assert len(str(failed.value)) < 10_000


def test_a_time_that_is_none_is_not_repeated_whole() -> None:
    limit = f'{{"limit": 1, "cost": 1, "remaining": 1, "resetAt": "{LENGTHY}"}}'
    body = f'{{"data": {{"rateLimit": {limit}}}}}'.encode()
    whole = OK + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
    with raw_server(lambda _: [whole]) as server, pytest.raises(BackfillError) as refused:
        ask_github(server.url)

    assert len(str(refused.value)) < 2_000
