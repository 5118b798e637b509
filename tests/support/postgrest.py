"""A server that speaks PostgREST's rules for calling functions, in front of a real Postgres.

It lets the true Supabase client run in the test suite, and fails on order.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from urllib.parse import urlsplit

import psycopg

from tests.support.postgrest_calls import Call, perform
from tests.support.postgrest_errors import Refused, database_reply, error_reply
from tests.support.postgrest_faults import REPLIES, Fault, Faults, Kind
from tests.support.postgrest_http import Reply, Request, served
from tests.support.postgrest_keys import Identity, Keys
from tests.support.postgrest_pool import ConnectionPool
from tests.support.postgrest_roles import as_authenticator, make_roles
from tests.support.schema import SCHEMA

PREFIX = "/rest/v1/rpc/"
EXPOSED = tuple(dict.fromkeys(("public", SCHEMA)))


class PostgrestServer:
    """The running server: `url` and `keys` for a client, `calls` and `fail_next` for a test."""

    def __init__(self, conninfo: str, keys: Keys, schemas: tuple[str, ...]) -> None:
        self.url = ""
        self.keys = keys
        self.calls: list[str] = []
        self._schemas = schemas
        self._pool = ConnectionPool(conninfo)
        self._faults = Faults()
        self._closing = Event()

    def fail_next(
        self, kind: Kind, times: int = 1, *, function: str = "", seconds: float = 0.0
    ) -> None:
        """Let the next calls, of one function or of any, fail in this way.

        `cut_before` ends the connection before the call reaches the database, `cut_after` when it
        has been committed; `slow` waits for `seconds` and then answers.
        """
        self._faults.order(Fault(kind, function, seconds), times)

    def answer(self, request: Request) -> Reply | None:
        """Return the reply, or None to cut the connection."""
        path = urlsplit(request.path).path
        function = path.removeprefix(PREFIX)
        if function == path:
            return error_reply(404, "PGRST205", f"This server only knows {PREFIX}")
        self.calls.append(function)
        fault = self._faults.take(function)
        if fault is None or fault.kind in {"slow", "cut_after"}:
            self._closing.wait(fault.seconds if fault else 0)
            reply = self._answer(function, request)
            return None if fault and fault.kind == "cut_after" else reply
        return REPLIES.get(fault.kind)

    def close(self) -> None:
        """Wake the slow calls."""
        self._closing.set()

    def close_connections(self) -> None:
        """Give the database's connections back, when no call is in progress any more."""
        self._pool.close()

    def _answer(self, function: str, request: Request) -> Reply:
        try:
            identity = self.keys.identify(request.headers)
            return self._perform(_call(function, request.body, self._schema(request)), identity)
        except Refused as refused:
            return refused.reply

    def _schema(self, request: Request) -> str:
        """Return the schema of a call: the first one, unless the header names another."""
        asked = request.headers.get("Content-Profile") or self._schemas[0]
        if asked not in self._schemas:
            known = f"The schema must be one of the following: {', '.join(self._schemas)}"
            raise Refused(error_reply(406, "PGRST106", known))
        return asked

    def _perform(self, call: Call, identity: Identity) -> Reply:
        try:
            with self._pool.connection() as connection:
                return perform(connection, call, identity)
        except psycopg.Error as error:
            return database_reply(error, identity.role)


@contextmanager
def postgrest_server(
    conninfo: str, keys: Keys | None = None, schemas: tuple[str, ...] = EXPOSED
) -> Iterator[PostgrestServer]:
    """Serve the database on loopback; `conninfo` is a superuser's, to make the roles with."""
    make_roles(conninfo)
    server = PostgrestServer(as_authenticator(conninfo), keys or Keys(), schemas)
    try:
        with served(server.answer) as server.url:
            try:
                yield server
            finally:
                server.close()
    finally:
        server.close_connections()


def _call(function: str, body: bytes, schema: str) -> Call:
    try:
        arguments = json.loads(body or b"{}")
    except ValueError:
        raise Refused(error_reply(400, "PGRST102", "Empty or invalid json")) from None
    given = list(arguments) if isinstance(arguments, dict) else []
    return Call(function, given, body.decode(), schema)
