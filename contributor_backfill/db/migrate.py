"""Bring a database up to date over a direct connection."""

import psycopg

from contributor_backfill.db.migrations import ADVISORY_LOCK, Step, before, guard, pending, stamp
from contributor_backfill.db.postgres import connect, translated
from contributor_backfill.db.schema import PUBLIC, begun_in, in_schema


def apply(conninfo: str, schema: str = PUBLIC) -> tuple[Step, ...]:
    """Apply what is missing in one transaction and return it. Raises `StoreFault` and its kinds.

    A database that has another application's tables under our names is refused before that, and so
    is one of a newer version.
    """
    with translated(conninfo), connect(conninfo) as connection:
        # Before the lock: nobody waits to hear that the database is another application's.
        connection.execute(before(schema).encode())
        # The second one waits here, and then finds nothing to do.
        connection.execute("select pg_advisory_xact_lock(%s)", [ADVISORY_LOCK])
        connection.execute(begun_in(schema).encode())
        connection.execute(guard(schema).encode())
        todo = pending(_applied(connection, schema))
        for step in todo:
            connection.execute(step.statements(schema).encode())
        connection.execute(stamp(schema).encode())
        return todo


def refuse_newer(conninfo: str, schema: str = PUBLIC) -> None:
    """Raise `NotConfigured` when the database is of a newer version than this one."""
    with translated(conninfo), connect(conninfo) as connection:
        connection.execute(guard(schema).encode())


def _applied(connection: psycopg.Connection[tuple[object, ...]], schema: str) -> dict[str, str]:
    record = "public.backfill_migrations"
    known = connection.execute(in_schema(f"select to_regclass('{record}')", schema).encode())
    if known.fetchone() == (None,):
        return {}
    query = f"select name, checksum from {record}"  # noqa: S608  # of the name above alone
    rows = connection.execute(in_schema(query, schema).encode())
    return {str(name): str(checksum) for name, checksum in rows}
