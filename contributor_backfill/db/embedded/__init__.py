"""An embedded Postgres server: start it or join it, leave it, wipe it.

One server per data directory serves all processes of this machine. The first to come starts it,
the last to leave stops it; one that was killed leaves it running, and the next one takes it over.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contributor_backfill.db.embedded.binaries import (
    find_binaries,
    major_version,
    own_program,
    runnable_binaries,
)
from contributor_backfill.db.embedded.files import (
    exclusive_lock,
    open_lock,
    opened_lock,
    share_lock,
    try_lock,
)
from contributor_backfill.db.embedded.process import ensure_running, stop_server
from contributor_backfill.db.embedded.server import (
    DATABASE,
    EmbeddedServer,
    keep_apart,
    make_directories,
    refuse_other_majors,
    server_at,
    servers_under,
)
from contributor_backfill.domain.errors import NotConfigured, StoreFault

__all__ = [
    "EmbeddedServer",
    "default_home",
    "embedded_postgres",
    "find_binaries",
    "is_made",
    "own_program",
    "stop",
    "wipe",
]

_HOME_OF_ROOT = Path("/var/lib/contributor-backfill")


def default_home() -> Path:
    """Return where the data lives unless told otherwise: the user's data directory.

    For root it is a directory that the account Postgres runs under can enter.
    """
    _refuse_windows()
    if os.geteuid() == 0:
        return _HOME_OF_ROOT
    import platformdirs  # noqa: PLC0415 - costs 0.1 s, and root needs none

    try:
        home = platformdirs.user_data_path("contributor-backfill", appauthor=False)
    except RuntimeError:
        raise _homeless() from None
    if not home.is_absolute():  # what older versions of the library make of it
        raise _homeless()
    return home


def _homeless() -> NotConfigured:
    return NotConfigured(
        "There is no place for the embedded database: this user has no home directory.",
        advice="Set HOME or CONTRIBUTOR_BACKFILL_HOME to a directory of yours, or DATABASE_URL.",
    )


def is_made(home: Path) -> bool:
    """Tell whether a database was made under `home` before; nothing is started."""
    with _explained(home):
        return any(server.data.exists() for server in servers_under(home))


@contextmanager
def embedded_postgres(
    home: Path | None = None, *, binaries: Path | None = None, durable: bool = True
) -> Iterator[str]:
    """Serve the database `contributor_backfill` and yield its connection string.

    `binaries` is a directory with `postgres` and `initdb`, by default those of the wheel.
    `durable=False` trades safety on power cuts for speed: for tests.
    Raises NotConfigured or StoreFault, one sentence and an advice each.
    """
    _refuse_windows()
    programs = binaries.resolve() if binaries else find_binaries()
    home = home or default_home()
    with _explained(home):
        server = server_at(home, major_version(programs))
        refuse_other_majors(server)
        make_directories(server)
        # Before the server is started, so that whoever leaves just now does not stop it.
        hold = _join(server)
    try:
        with _explained(home), exclusive_lock(server.start_lock):
            runnable = runnable_binaries(programs, server.account, server.directory.parent)
            ensure_running(server, runnable, durable=durable)
            _make_database(server)
        yield server.conninfo
    finally:
        _leave(server, hold)


def stop(home: Path | None = None) -> bool:
    """Stop the server under `home` unless it is in use, and say whether none is left running.

    Needed only after a process was killed: the last one to leave stops the server by itself.
    """
    _refuse_windows()
    home = home or default_home()
    with _explained(home):
        stopped = [_stop_unused(server) for server in servers_under(home)]
    return all(stopped)


def wipe(home: Path | None = None) -> None:
    """Remove the database under `home` and all that is in it.

    The lock files stay: who waits for one would otherwise hold a file that nobody else can see.
    Raises StoreFault while the database is in use.
    """
    _refuse_windows()
    home = home or default_home()
    with _explained(home):
        for server in servers_under(home):
            _wipe_unused(server)


def _join(server: EmbeddedServer) -> int:
    """Count as a user of the server from now on, until the returned descriptor is left."""
    hold = open_lock(server.clients_lock)
    share_lock(hold)
    return hold


def _leave(server: EmbeddedServer, hold: int) -> None:
    """Stop counting as a user, and stop the server when there was no other."""
    try:
        with exclusive_lock(server.start_lock):
            # Alone with this lock, we were the last.
            if try_lock(hold):
                stop_server(server)
    finally:
        os.close(hold)


def _stop_unused(server: EmbeddedServer) -> bool:
    account = server.account
    if not account.is_ours and account.weak_step(server.directory):
        # The server of a user who runs it alone: we have no business there with more rights.
        return account.do(lambda: 0 if _stop_unused(server) else 1) == 0
    keep_apart(server)
    with exclusive_lock(server.start_lock), opened_lock(server.clients_lock) as clients:
        return try_lock(clients) and stop_server(server)


def _wipe_unused(server: EmbeddedServer) -> None:
    keep_apart(server)
    with exclusive_lock(server.start_lock), opened_lock(server.clients_lock) as clients:
        if not (try_lock(clients) and stop_server(server)):
            raise StoreFault(
                f"The database in {server.directory} is in use.",
                advice="Wait for the other run to end, or end it, and try again.",
            )
        for directory in (server.data, server.socket_directory):
            if directory.exists():
                shutil.rmtree(directory)
        server.log.unlink(missing_ok=True)


def _make_database(server: EmbeddedServer) -> None:
    """Create DATABASE if it is missing. Must be called under the start lock."""
    import psycopg  # noqa: PLC0415 - costs 0.2 s

    try:
        with psycopg.connect(server.conninfo_for("postgres"), autocommit=True) as connection:
            known = "select from pg_database where datname = %s"
            if connection.execute(known, [DATABASE]).fetchone() is None:
                connection.execute(f"create database {DATABASE}")
    except psycopg.Error as fault:
        raise StoreFault(
            f"The embedded Postgres did not give us a database: {fault}",
            code=fault.sqlstate or "",
            advice=f"Look into {server.log}.",
        ) from fault


@contextmanager
def _explained(home: Path) -> Iterator[None]:
    """Turn a refusal of the file system into a sentence."""
    try:
        yield
    except OSError as fault:
        why = fault.strerror or fault
        raise NotConfigured(
            f"The embedded Postgres cannot use {fault.filename or home}: {why}.",
            advice="Set CONTRIBUTOR_BACKFILL_HOME to a directory of yours, with room in it.",
        ) from fault


def _refuse_windows() -> None:
    if sys.platform == "win32":
        raise NotConfigured(
            "The embedded Postgres does not run on Windows.",
            advice="Set DATABASE_URL to a Postgres of yours.",
        )
