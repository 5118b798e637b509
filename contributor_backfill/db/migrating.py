"""Bring a database up to date over a direct connection."""

import psycopg

from contributor_backfill.db.migrations import ADVISORY_LOCK, Step, before, guard, pending, stamp
from contributor_backfill.db.postgres import connect, translated


def apply(conninfo: str) -> tuple[Step, ...]:
    """Apply what is missing in one transaction and return it. Raises `StoreFault` and its kinds.

    A database that has another application's tables under our names is refused before that, and so
    is one of a newer version.
    """
    with translated(conninfo), connect(conninfo) as connection:
        connection.execute(before().encode())
        connection.execute("select pg_advisory_xact_lock(%s)", [ADVISORY_LOCK])
        connection.execute(guard().encode())
        todo = pending(_applied(connection))
        for step in todo:
            connection.execute(step.statements.encode())
        connection.execute(stamp().encode())
        return todo


def refuse_newer(conninfo: str) -> None:
    """Raise `NotConfigured` when the database is of a newer version than this one."""
    with translated(conninfo), connect(conninfo) as connection:
        connection.execute(guard().encode())


def _applied(connection: psycopg.Connection[tuple[object, ...]]) -> dict[str, str]:
    known = connection.execute("select to_regclass('public.backfill_migrations')").fetchone()
    if known is None or known[0] is None:
        return {}
    rows = connection.execute("select name, checksum from public.backfill_migrations")
    return {str(name): str(checksum) for name, checksum in rows}
