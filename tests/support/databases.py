"""Real databases for tests: one server a session, emptied before each test that uses it."""

import gzip
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import dict_row

from contributor_backfill.db.embedded import embedded_postgres, stop
from contributor_backfill.db.migrate import apply
from contributor_backfill.db.schema import PUBLIC
from tests.support.schema import SCHEMA, SEARCH_PATH, be_the_default, here

be_the_default()
MEMORY = Path("/dev/shm")
SCHEMAS = Path(__file__).parent.parent / "schemas"
OTHER_SESSIONS = """
    from pg_stat_activity
    where datname = current_database() and backend_type = 'client backend'
      and pid <> pg_backend_pid()
"""
EMPTY_ALL_TABLES = """
do $$
declare own regclass;
begin
  set local session_replication_role = replica;
  for own in
    select c.oid from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
      and c.relname <> 'backfill_migrations'
  loop
    if pg_relation_size(own) > 1000000 then
      -- Nothing vacuums here, so every later test would read the dead rows.
      execute format('truncate %s cascade', own);
    else
      execute format('delete from %s', own);
    end if;
  end loop;
end
$$
"""
KEEP_ALL_ROWS = """
do $$
declare own name;
begin
  create schema {kept};
  for own in
    select c.relname from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
      and c.relname <> 'backfill_migrations'
  loop
    execute format('create table {kept}.%1$I as table public.%1$I', own);
  end loop;
end
$$
"""
BRING_BACK_ALL_ROWS = """
do $$
declare
  own name;
  columns text;
begin
  set local session_replication_role = replica;
  for own in select c.relname from pg_class c where c.relnamespace = '{kept}'::regnamespace loop
    select string_agg(quote_ident(a.attname), ', ') into columns
    from pg_attribute a
    where a.attrelid = format('public.%I', own)::regclass and a.attnum > 0
      and not a.attisdropped and a.attgenerated = '';
    execute format('insert into public.%1$I (%2$s) overriding system value '
      'select %2$s from {kept}.%1$I', own, columns);
  end loop;
end
$$
"""


class Database:
    """A database to look into: rows as dicts, single values, and an emptying.

    The main thread keeps a connection, because most tests look often; other threads take a new
    one each time.
    """

    def __init__(self, conninfo: str) -> None:
        self.conninfo = conninfo
        self._kept: psycopg.Connection[dict[str, Any]] | None = None
        self._kept_names: set[str] = set()

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """End the connection that is kept; the next look begins another one."""
        if self._kept is not None:
            self._kept.close()

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """Return the rows of a query, which may also write; none for a statement without any."""
        if threading.current_thread() is not threading.main_thread():
            with self._connect() as connection:
                return _rows(connection, query, values)
        if self._kept is None or self._kept.closed:
            self._kept = self._connect()
        try:
            return _rows(self._kept, query, values)
        except psycopg.OperationalError:
            if not self._kept.closed:
                raise
            # A test has ended all connections, this one too.
            self._kept = self._connect()
            return _rows(self._kept, query, values)

    def value(self, query: str, *values: Any) -> Any:
        """Return the single value of a query."""
        (row,) = self.rows(query, *values)
        (value,) = row.values()
        return value

    def empty(self) -> None:
        """Delete every row of every table."""
        self.rows(EMPTY_ALL_TABLES)

    def keep(self, name: str) -> None:
        """Keep every row as it is now, under a name."""
        self.rows(KEEP_ALL_ROWS.replace("{kept}", name))
        self._kept_names.add(name)

    def bring_back(self, name: str) -> bool:
        """Fill the empty database with what was kept under a name; tell whether there was any."""
        if name in self._kept_names:
            self.rows(BRING_BACK_ALL_ROWS.replace("{kept}", name))
        return name in self._kept_names

    def gather_statistics(self) -> None:
        """End every other session: what each did is counted when it ends. Then count this one's."""
        # Again and again: a real PostgREST comes back a second later.
        while self.rows(f"select pg_terminate_backend(pid) {OTHER_SESSIONS}"):
            time.sleep(0.01)
        self.rows("select pg_stat_force_next_flush()")

    def _connect(self) -> psycopg.Connection[dict[str, Any]]:
        return psycopg.connect(
            self.conninfo,
            row_factory=dict_row,
            autocommit=True,
            # Tests change tables and functions under a kept connection.
            prepare_threshold=None,
        )


def _rows(
    connection: psycopg.Connection[dict[str, Any]], query: str, values: tuple[Any, ...]
) -> list[dict[str, Any]]:
    cursor = connection.execute(here(query).encode(), values or None)
    return cursor.fetchall() if cursor.description else []


@contextmanager
def server_in_memory() -> Iterator[str]:
    """Serve a Postgres that forgets; `CONTRIBUTOR_BACKFILL_TEST_PG_BIN` chooses another version."""
    room = Path(tempfile.mkdtemp(prefix="cb-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None))
    room.chmod(0o755)  # the account that Postgres runs under as root must come through
    binaries = os.environ.get("CONTRIBUTOR_BACKFILL_TEST_PG_BIN")
    try:
        with embedded_postgres(
            room, binaries=Path(binaries) if binaries else None, durable=False
        ) as conninfo:
            _without_autovacuum(conninfo)
            yield conninfo
        stop(room)
    finally:
        shutil.rmtree(room, ignore_errors=True)


def migrate_as_before(database: Database) -> None:
    """Bring a database to where version 0.1.0 brought it, with the script that it printed."""
    script = gzip.decompress((SCHEMAS / "version_0_1_0.sql.gz").read_bytes()).decode()
    database.rows(script)


def _without_autovacuum(conninfo: str) -> None:
    """Let no table be analyzed at a time of the server's own: it would change plans and counts."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("alter system set autovacuum = off")
        connection.execute("select pg_reload_conf()")


def new_database(server: str, *, migrated: bool = False, variant: str | None = None) -> Database:
    """Create a database: empty, or contributor.info's in a `variant`; `migrated` applies ours."""
    if migrated:
        # The second is a copy of the first: to migrate takes much longer.
        return _created(server, template=_migrated(server, variant))
    database = _created(server)
    if variant:
        for part in ("common", variant):
            text = (SCHEMAS / f"contributor_info_{part}.sql").read_text(encoding="utf-8")
            database.rows(text)
    return database


def copy_of(database: Database, server: str) -> Database:
    """Create a copy of a database, which must have no other connection than this one's."""
    database.close()
    return _created(server, template=_name(database))


def drop(server: str, database: Database) -> None:
    """Drop a database that takes too much memory to stay until the session ends."""
    database.close()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"drop database {_name(database)} (force)".encode())


@cache
def _migrated(server: str, variant: str | None) -> str:
    """Migrate a database that is only copied from; return its name."""
    database = new_database(server, variant=variant)
    apply(database.conninfo)
    database.close()
    return _name(database)


def _name(database: Database) -> str:
    return str(conninfo_to_dict(database.conninfo)["dbname"])


def _created(server: str, template: str = "template1") -> Database:
    name = f"test_{uuid4().hex[:12]}"
    command = sql.SQL("create database {} template {}").format(
        sql.Identifier(name), sql.Identifier(template)
    )
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(command)
        if SCHEMA != PUBLIC:
            # What a test asks for without a schema is in ours.
            path = f"alter database {name} set search_path = {SEARCH_PATH}"
            connection.execute(path.encode())
    database = Database(make_conninfo(server, dbname=name))
    if SCHEMA != PUBLIC:
        # As open as `public` is.
        database.rows(
            f'create schema if not exists "{SCHEMA}"; grant usage on schema "{SCHEMA}" to public'
        )
    return database
