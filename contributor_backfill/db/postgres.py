"""The transport over a direct connection, with psycopg.

Every call is one transaction as the role `service_role`, as it is over Supabase, so that a missing
grant or a slow call shows up here too. Role and time limit are set for the transaction alone, in
the same round trip: a pooler in transaction mode keeps nothing else.
"""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.json import Jsonb

from contributor_backfill.db.interrupts import uninterrupted
from contributor_backfill.db.logins import pooler_advice, refusal
from contributor_backfill.db.schema import PUBLIC
from contributor_backfill.db.verdicts import error_for
from contributor_backfill.domain.database_address import DatabaseAddress, database_address
from contributor_backfill.domain.errors import BackfillError, NotConfigured, StoreUnreachable
from contributor_backfill.domain.types import Document

CONNECT_SECONDS = 15
"""For connecting in all, however many addresses the host has."""
SHORTEST = 2
"""Seconds; the library waits no shorter for one address."""
STATEMENT_TIMEOUT = "8s"
"""Supabase's limit for API calls: https://supabase.com/docs/guides/database/postgres/timeouts"""
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
    each = max(SHORTEST, CONNECT_SECONDS // sum(map(_addresses, address.places)))
    asked = address.parameters.get("connect_timeout", "")
    return min(each, int(asked)) if asked.isdecimal() and int(asked) > 0 else each


def _addresses(place: tuple[str, str]) -> int:
    """Count the addresses of a host; one that nobody knows is tried once."""
    host, port = place
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
        with connection.transaction(), connection.pipeline():
            connection.execute(AS_SERVICE_ROLE)
            cursor = connection.execute(statement, values)
        row = cursor.fetchone()
        result: dict[str, Any] = row[0] if row else {}
        return result

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        if self._connection is None or self._connection.closed:
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
