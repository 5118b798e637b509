"""The transport over a direct connection, with psycopg.

Every call is one transaction as the role `service_role`, as it is over Supabase, so that a missing
grant or a slow call shows up here too. Role and time limit are set for the transaction alone, in
the same round trip: a pooler in transaction mode keeps nothing else.
"""

import json
import signal
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.json import Jsonb

from contributor_backfill.db.faults import error_for
from contributor_backfill.db.schema import PUBLIC
from contributor_backfill.domain.database_address import DatabaseAddress, database_address
from contributor_backfill.domain.errors import BackfillError, NotConfigured, StoreUnreachable
from contributor_backfill.domain.types import Document

CONNECT_SECONDS = 15
"""For connecting in all, however many addresses the host has."""
SHORTEST = 2
"""Seconds; the library waits no shorter for one address."""
STATEMENT_TIMEOUT = "8s"
"""Supabase's limit for API calls: https://supabase.com/docs/guides/database/postgres/timeouts"""
SIGNALS = (signal.SIGINT, signal.SIGTERM)
AS_SERVICE_ROLE = (
    "select set_config('role', 'service_role', true),"
    f" set_config('statement_timeout', '{STATEMENT_TIMEOUT}', true)"
)


@contextmanager
def translated(conninfo: str) -> Iterator[None]:
    """Raise what the database at an address says as our own errors."""
    try:
        yield
    except psycopg.Error as error:
        if error.sqlstate is None:
            raise _unanswered(error, conninfo) from error
        diagnostic = error.diag
        raise error_for(
            error.sqlstate, diagnostic.message_primary or "", diagnostic.message_hint or ""
        ) from error


def without_password(conninfo: str) -> tuple[str, str]:
    """Return an address without its password, and the password; empty where there is none."""
    parameters = conninfo_to_dict(conninfo)
    password = parameters.pop("password", None)
    return make_conninfo("", **parameters), str(password or "")


def connect(conninfo: str, **how: Any) -> psycopg.Connection[tuple[Any, ...]]:
    """Connect to what the address names, whatever libpq's own variables name; never unprotected."""
    address = database_address(conninfo)
    return psycopg.connect(address.conninfo, connect_timeout=_seconds_each(address), **how)


def _seconds_each(address: DatabaseAddress) -> int:
    """Return how long to try each address of the hosts, so that all together take no longer."""
    share = max(SHORTEST, CONNECT_SECONDS // sum(map(_addresses, address.places)))
    asked = address.parameters.get("connect_timeout", "")
    return min(share, int(asked)) if asked.isdecimal() and int(asked) > 0 else share


def _addresses(endpoint: tuple[str, str]) -> int:
    """Count the addresses of a host; one that nobody knows is tried once."""
    host, port = endpoint
    try:
        found = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return 1
    return len(found) or 1


def _unanswered(error: psycopg.Error, conninfo: str) -> BackfillError:
    if isinstance(error, psycopg.ProgrammingError):
        # The library's message repeats the address, and with it the password.
        return NotConfigured(
            "DATABASE_URL is not an address of a Postgres.",
            advice="It looks like postgresql://USER:PASSWORD@HOST:PORT/DATABASE.",
        )
    address = database_address(conninfo)
    reason = " ".join(str(error).split()).rstrip("?. ")
    if refused := refusal(reason):
        return NotConfigured(f"The database at {address} {refused[0]}.", advice=refused[1])
    advice = pooler_advice(address.supabase_project) or "Check DATABASE_URL and the network."
    return StoreUnreachable(f"The database does not answer: {reason}.", advice=advice)


class PostgresTransport:
    """Call functions over one connection, opened at the first call and again when it broke."""

    def __init__(self, conninfo: str, *, schema: str = PUBLIC, read_only: bool = False) -> None:
        self.calls = 0
        self._conninfo = conninfo
        self._schema = schema
        self._read_only = read_only
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None

    def call(self, function: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the function's `jsonb` object."""
        self.calls += 1
        statement = _statement(self._schema, function, arguments)
        values = {name: _value(value) for name, value in arguments.items()}
        try:
            with uninterrupted(), translated(self._conninfo):
                return self._execute(statement, values)
        except KeyboardInterrupt:
            # The second one: what is said next in this exchange would not be understood.
            self.close()
            raise
        finally:
            if self._connection is not None and self._connection.broken:
                self.close()

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _execute(self, statement: sql.Composed, values: Mapping[str, Any]) -> dict[str, Any]:
        connection = self._connect()
        # A pipeline sends role, time limit and call in one round trip.
        with connection.transaction(), connection.pipeline():
            connection.execute(AS_SERVICE_ROLE)
            cursor = connection.execute(statement, values)
        row = cursor.fetchone()
        result: dict[str, Any] = row[0] if row else {}
        return result

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        if self._connection is None or self._connection.closed:
            # A pooler gives each transaction another session, which knows no statement of ours.
            self._connection = connect(self._conninfo, autocommit=True, prepare_threshold=None)
            # None leaves default_transaction_read_only as the database has it.
            self._connection.read_only = self._read_only or None
        return self._connection


def _statement(schema: str, function: str, arguments: Mapping[str, Any]) -> sql.Composed:
    named = (sql.SQL("{} => {}").format(sql.Identifier(n), sql.Placeholder(n)) for n in arguments)
    return sql.SQL("select {}({})").format(
        sql.Identifier(schema, function), sql.SQL(", ").join(named)
    )


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        return Jsonb(value)
    if isinstance(value, Document):
        return str(value)
    if isinstance(value, tuple):
        # An array literal without a type, so that Postgres reads it as the parameter's own.
        return "{" + ",".join(json.dumps(item, ensure_ascii=False) for item in value) + "}"
    return value


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold SIGINT and SIGTERM back until the block ends; a second one is let through at once.

    Python runs handlers in the main thread alone, so other threads need nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    came: list[int] = []

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def hold_back(number: int, _frame: FrameType | None) -> None:
        came.append(number)
        if len(came) > 1:
            restore()
            signal.raise_signal(number)

    for number in SIGNALS:
        signal.signal(number, hold_back)
    try:
        yield
    finally:
        restore()
        if len(came) == 1:
            signal.raise_signal(came[0])


DASHBOARD = "Copy it anew from the project's dashboard, under Connect."
POOLER = "aws-0-REGION.pooler.supabase.com:6543"
# libpq gives no SQLSTATE for a connection that was refused, only the words of Postgres or of
# Supabase's pooler: what they mean, and what to do. Tried again, they only ban the address.
REFUSALS = (
    (
        "password authentication failed",
        "does not accept the user and password of DATABASE_URL (28P01)",
        "Correct the password; Supabase bans an address after a few wrong ones.",
    ),
    (
        "tenant or user not found",
        "knows no such project or user",
        f"At Supabase's pooler the user is postgres.PROJECT and the host {POOLER}; {DASHBOARD}",
    ),
    (
        "authentication errors",
        "refuses this address for a while, after too many wrong passwords",
        "Correct DATABASE_URL first, and try again in half an hour.",
    ),
    (
        "no password supplied",
        "asks for a password, and DATABASE_URL has none",
        "Write it into DATABASE_URL, or set PGPASSWORD.",
    ),
    ("no pg_hba.conf entry", "lets this user in from nowhere (28000)", "Ask who runs it."),
    ("authentication failed", "does not accept the user of DATABASE_URL (28000)", DASHBOARD),
    ("is not permitted to log in", "does not let this user in (28000)", "Use another user."),
    (
        "does not support ssl",
        "offers no TLS, without which the password would go unprotected",
        "Turn TLS on there, or connect through a tunnel to this machine.",
    ),
    ("certificate", "shows a certificate that is not accepted", "Check sslmode and sslrootcert."),
)


def refusal(words: str) -> tuple[str, str] | None:
    """Return what a refusal means and what to do; null for what may pass by itself."""
    said = words.lower()
    if said.rstrip('."').endswith("does not exist") and ("role " in said or "database " in said):
        return "knows no such user or database", "Correct DATABASE_URL."
    found = ((means, advice) for mark, means, advice in REFUSALS if mark in said)
    return next(found, None)


def pooler_advice(project: str | None) -> str:
    """Return the way to a project whose direct host does not answer; empty for other hosts."""
    if project is None:
        return ""
    return (
        "Supabase's direct host has IPv6 alone, and GitHub Actions has none: use the pooler's"
        f" address from the dashboard, such as postgresql://postgres.{project}:PASSWORD@{POOLER}"
        "/postgres."
    )
