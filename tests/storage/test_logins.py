"""A database that lets nobody in, or is not there: tried once, and said with what to do."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport, pooler_advice, refusal, translated
from contributor_backfill.db.supabase import RpcTransport
from contributor_backfill.db.transport import RetryingTransport, Transport
from contributor_backfill.domain.errors import NotConfigured, StoreUnreachable
from tests.support.clocks import ManualClock
from tests.support.databases import Database
from tests.support.entry import run_here

Opening = Callable[[Transport], Gateway]
USER = "stranger"


@pytest.fixture
def with_password(database: Database) -> Iterator[str]:
    """The address of the server as a user who must give a password, which is `right`."""
    file = Path(database.value("show hba_file"))
    before = file.read_text(encoding="utf-8")
    database.rows(f"create role {USER} login password 'right'")
    file.write_text(f"local all {USER} scram-sha-256\n{before}", encoding="utf-8")
    database.rows("select pg_reload_conf()")
    yield f"{database.conninfo} user={USER}"
    file.write_text(before, encoding="utf-8")
    database.rows("select pg_reload_conf()")
    database.rows(f"drop role {USER}")


@pytest.mark.parametrize("password", ["wrong", ""])
def test_a_wrong_password_is_tried_once(
    with_password: str, open_gateway: Opening, password: str
) -> None:
    transport = PostgresTransport(f"{with_password} password='{password}'")

    with pytest.raises(NotConfigured, match="password") as refused:
        open_gateway(transport).read_status()

    assert transport.calls == 1
    assert refused.value.exit_code == 3
    assert USER not in str(refused.value)


def test_a_command_with_a_wrong_password_says_so(with_password: str, tmp_path: Path) -> None:
    done = run_here({"DATABASE_URL": f"{with_password} password=planted"}, tmp_path, "status")

    assert done.exit_code == 3
    assert "password" in done.talk
    assert "planted" not in done.talk
    assert len(done.talk.splitlines()) == 1


@contextmanager
def pooler(code: str, message: str) -> Iterator[tuple[str, list[bytes]]]:
    """Stand where a pooler is, and refuse everybody in Postgres's protocol."""
    started: list[bytes] = []
    fields = "".join(f"{k}{v}\0" for k, v in (("S", "FATAL"), ("C", code), ("M", message))) + "\0"
    error = b"E" + struct.pack("!i", len(fields) + 4) + fields.encode()
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                with connection:
                    connection.recv(8)
                    connection.sendall(b"N")
                    started.append(connection.recv(1024))
                    connection.sendall(error)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"postgresql://u:p@127.0.0.1:{listening.getsockname()[1]}/postgres", started
    finally:
        listening.close()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("28P01", 'password authentication failed for user "u"'),
        ("XX000", "Tenant or user not found"),
        ("XX000", "Circuit breaker open: Too many authentication errors"),
        ("28000", 'no pg_hba.conf entry for host "10.0.0.1", user "u", database "x", SSL off'),
        ("28000", 'role "u" does not exist'),
        ("3D000", 'database "x" does not exist'),
        ("28000", 'role "u" is not permitted to log in'),
    ],
)
def test_nobody_knocks_twice_where_he_is_refused(
    open_gateway: Opening, code: str, message: str
) -> None:
    with pooler(code, message) as (url, started):
        with pytest.raises(NotConfigured):
            open_gateway(PostgresTransport(url)).read_status()

        assert len(started) == 1


def test_a_pooler_without_room_is_asked_again(open_gateway: Opening) -> None:
    with pooler("XX000", "Max client connections reached") as (url, started):
        with pytest.raises(StoreUnreachable):
            open_gateway(PostgresTransport(url)).read_status()

        assert len(started) > 1


@pytest.fixture
def silent() -> Iterator[tuple[socket.socket, int]]:
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening, listening.getsockname()[1]


class Silent:
    """A transport whose every call is waited for, for so many seconds, in vain."""

    def __init__(self, clock: ManualClock, seconds: float) -> None:
        self.calls = 0
        self._clock = clock
        self._seconds = seconds

    def call(self, _: str, __: dict[str, Any]) -> dict[str, Any]:
        self.calls += 1
        self._clock.advance(self._seconds)
        raise StoreUnreachable("nobody")

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize(("seconds", "calls"), [(0.1, 5), (6, 2), (15, 1)])
def test_who_does_not_answer_for_long_is_not_asked_again(seconds: float, calls: int) -> None:
    clock = ManualClock()
    inner = Silent(clock, seconds)
    began = clock.now()

    with pytest.raises(StoreUnreachable):
        RetryingTransport(inner, clock, (0.5, 1.0, 2.0, 4.0)).call("f", {})

    assert inner.calls == calls
    assert clock.now() - began <= timedelta(seconds=15)


def test_a_silent_server_is_waited_for_no_longer_than_once(
    silent: tuple[socket.socket, int],
    open_gateway: Opening,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("contributor_backfill.db.postgres.CONNECT_SECONDS", 2)
    monkeypatch.setattr("contributor_backfill.db.supabase.SECONDS", 0.5)
    monkeypatch.setattr("contributor_backfill.db.transport.PATIENCE", 0.0)
    listening, port = silent
    for transport in (
        PostgresTransport(f"postgresql://127.0.0.1:{port}/x"),
        RpcTransport(f"http://127.0.0.1:{port}", "sb_secret_x"),
    ):
        with pytest.raises(StoreUnreachable, match="does not answer"):
            open_gateway(transport).read_status()

        assert transport.calls == 1
    listening.setblocking(False)
    for _ in range(2):
        listening.accept()[0].close()
    with pytest.raises(BlockingIOError):
        listening.accept()


def test_a_direct_host_that_does_not_answer_is_told_the_poolers_address(tmp_path: Path) -> None:
    variables = {
        "DATABASE_URL": "postgresql://postgres:planted@db.abc.supabase.in.invalid/postgres"
    }
    assert "pooler" not in run_here(variables, tmp_path, "status").talk
    with (
        pytest.raises(
            StoreUnreachable, match=r"postgres\.abcdef:PASSWORD@aws-0-REGION\.pooler"
        ) as away,
        translated("postgresql://postgres:planted@db.abcdef.supabase.co:5432/postgres"),
    ):
        PostgresTransport("host=/nowhere")._connect()  # noqa: SLF001  # any failure to connect

    assert "planted" not in str(away.value)
    assert ":6543" in away.value.advice


def test_doctor_tells_the_poolers_address_too(tmp_path: Path) -> None:
    url = "postgresql://postgres:planted4711@db.abcdef.supabase.co:5432/postgres"

    done = run_here({"DATABASE_URL": url}, tmp_path, "doctor")

    said = "".join(done.output.split())
    assert done.exit_code == 3
    assert "postgres.abcdef:PASSWORD@aws-0-REGION.pooler.supabase.com:6543" in said
    assert "planted" not in said + done.talk


def test_refusals_are_told_from_what_passes() -> None:
    assert refusal("remaining connection slots are reserved") is None
    assert refusal("the database system is starting up") is None
    assert refusal("server does not support SSL, but SSL was required") is not None
    assert pooler_advice(None) == ""
