"""Fixtures that every room's tests share. GitHub is the sandbox; the database is always real."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.db.supabase import RpcTransport
from contributor_backfill.db.transport import RetryingTransport, Transport
from contributor_backfill.domain.redaction import KNOWN
from tests.support.clocks import ManualClock, let_waits_take_no_time
from tests.support.databases import Database, new_database, server_in_memory
from tests.support.postgrest import PostgrestServer, postgrest_server
from tests.support.postgrest_faults import FaultyProxy
from tests.support.real_postgrest import WANTED, real_postgrest
from tests.support.surroundings import pin

# Properties are judged by their claims, not by how busy the machine is. Rounds differ in what they
# try; `--hypothesis-profile thorough` tries much more.
CALM: Any = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("quick", max_examples=30, **CALM)
settings.register_profile("thorough", max_examples=1_000, **CALM)
settings.load_profile("quick")


@pytest.fixture(autouse=True)
def no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins without the secrets that another one's commands have read."""
    monkeypatch.setattr(KNOWN, "secrets", frozenset())


@pytest.fixture(autouse=True)
def no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the waits of a command, before it tries again, pass at once."""
    let_waits_take_no_time(monkeypatch.setattr)


POSTGREST = "real PostgREST" if WANTED else "ours"
"""Ours responds as the real one does, which a test of its own compares; so one is enough."""


def pytest_configure(config: pytest.Config) -> None:
    """Pin the environment where tests run; a process that only hands them out passes its own on."""
    if hasattr(config, "workerinput") or not getattr(config.option, "numprocesses", None):
        pin()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a server whose databases tests make themselves."""
    with server_in_memory() as conninfo:
        yield conninfo


@pytest.fixture(scope="session")
def shared_database(postgres: str) -> Database:
    return new_database(postgres, migrated=True)


@pytest.fixture
def database(shared_database: Database) -> Database:
    """A migrated database without a row in it."""
    shared_database.empty()
    return shared_database


@pytest.fixture
def postgrest(database: Database) -> Iterator[PostgrestServer]:
    """The same database behind PostgREST's rules."""
    with postgrest_server(database.conninfo) as server:
        yield server


@pytest.fixture
def gateway(database: Database) -> Iterator[Gateway]:
    """A gateway over a direct connection."""
    transport = PostgresTransport(database.conninfo)
    yield Gateway(RetryingTransport(transport, ManualClock(), (0.0,)))
    transport.close()


@pytest.fixture(scope="session")
def real_project(shared_database: Database) -> Iterator[FaultyProxy]:
    """The same database behind the real PostgREST."""
    with real_postgrest(shared_database.conninfo) as proxy:
        yield proxy


@pytest.fixture(params=[POSTGREST])
def faulty_postgrest(request: pytest.FixtureRequest) -> FaultyProxy:
    """A migrated database without a row in it, behind PostgREST, which fails on order."""
    request.getfixturevalue("database")
    proxy: FaultyProxy = request.getfixturevalue("real_project" if WANTED else "postgrest")
    return proxy


@pytest.fixture(params=["postgres", f"supabase, {POSTGREST}"])
def either_gateway(
    request: pytest.FixtureRequest, database: Database, open_gateway: Callable[[Transport], Gateway]
) -> Gateway:
    """A gateway over each of the two transports in turn."""
    if request.param == "postgres":
        return open_gateway(PostgresTransport(database.conninfo))
    if WANTED:
        real: FaultyProxy = request.getfixturevalue("real_project")
        return open_gateway(RpcTransport(real.url, real.keys.service_jwt))
    server: PostgrestServer = request.getfixturevalue("postgrest")
    return open_gateway(RpcTransport(server.url, server.keys.secret_key))


@pytest.fixture
def open_gateway() -> Iterator[Callable[[Transport], Gateway]]:
    """Open gateways that are closed at the end of the test."""
    opened: list[Transport] = []

    def opening(transport: Transport) -> Gateway:
        opened.append(transport)
        return Gateway(RetryingTransport(transport, ManualClock(), (0.0, 0.0)))

    yield opening
    for transport in opened:
        transport.close()
