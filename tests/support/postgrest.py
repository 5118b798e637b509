"""A server that speaks PostgREST's rules for calling functions, in front of a real Postgres.

It lets the true Supabase client run in the test suite, and fails on order.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, LifoQueue
from urllib.parse import urlsplit

import psycopg

from tests.support.postgrest_calls import Call, perform
from tests.support.postgrest_errors import Refused, database_reply, error_reply
from tests.support.postgrest_faults import PREFIX, FaultyProxy
from tests.support.postgrest_http import Reply, Request, served
from tests.support.postgrest_keys import Identity, Keys
from tests.support.postgrest_roles import as_authenticator, make_roles
from tests.support.schema import SCHEMA


class ConnectionPool:
    """As many connections as there are calls at once; the warmest is used first."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._idle: LifoQueue[psycopg.Connection] = LifoQueue()

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection]:
        """Lend a connection; it goes back only if the block did not break it."""
        connection = self._usable()
        try:
            yield connection
        finally:
            if not connection.closed:
                self._idle.put(connection)

    def close(self) -> None:
        """Close the idle connections."""
        while not self._idle.empty():
            self._idle.get_nowait().close()

    def _usable(self) -> psycopg.Connection:
        try:
            return self._idle.get_nowait()
        except Empty:
            # No prepared statements: tests change functions while a connection is idle.
            return psycopg.connect(self._conninfo, prepare_threshold=None)


EXPOSED = tuple(dict.fromkeys(("public", SCHEMA)))


class PostgrestServer(FaultyProxy):
    """The running server, which is its own proxy."""

    def __init__(self, conninfo: str, keys: Keys, schemas: tuple[str, ...]) -> None:
        super().__init__(self._answer, keys)
        self._schemas = schemas
        self._pool = ConnectionPool(conninfo)

    def close_connections(self) -> None:
        """Give the database's connections back, when no call is in progress any more."""
        self._pool.close()

    def _answer(self, request: Request) -> Reply:
        function = urlsplit(request.path).path.removeprefix(PREFIX)
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
