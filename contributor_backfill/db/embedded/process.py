"""Starting and stopping one embedded Postgres server. Every function runs under the start lock.

Whether the server lives is asked of the alive lock, never of a process number: numbers are reused
after a crash, and a killed server may linger as a zombie.
"""

import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from contributor_backfill.db.embedded.files import opened_lock, read_start, remove_from, try_lock
from contributor_backfill.db.embedded.server import SOCKET_NAME, SUPERUSER, EmbeddedServer
from contributor_backfill.domain.errors import StoreFault

START_SECONDS = 60.0  # crash recovery replays the log since the last checkpoint
STOP_SECONDS = 60.0
_REAP_SECONDS = 5.0
_POLL_SECONDS = 0.005
_LOG_END = 8192  # bytes; the server's account decides how much there is
_NUMBER_FILE = "postmaster.pid"
_NUMBER_BYTES = 32
_NUMBERS = 2**31
_SETTINGS = {"listen_addresses": "", "unix_socket_permissions": "0700", "timezone": "UTC"}
_FORGETFUL_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_ENVIRONMENT = {"LC_ALL": "C", "PATH": os.defpath}  # the user's PG* and locale variables stay out
_TAIL_LINES = 4
_PROTOCOL = 3 << 16  # version 3.0, which every supported server speaks
_RESPONSE_SECONDS = 5.0
_TERMINATE = struct.pack("!ci", b"X", 4)
# SQLSTATE cannot_connect_now as a field of an error message: starting up or shutting down.
_NOT_NOW = b"C57P03\0"


def ensure_running(server: EmbeddedServer, binaries: Path, *, durable: bool) -> None:
    """Leave a server that answers: the one that runs, or a new one.

    Raises StoreFault when it does not come up.
    """
    for _ in _until(START_SECONDS):
        if _answers(server.socket):
            return
        with opened_lock(server.alive_lock) as alive:
            # Whoever holds the lock is the server itself, on its way up or down.
            if try_lock(alive):
                _start(server, binaries, alive, durable=durable)
                return
    raise StoreFault(
        f"The embedded Postgres is busy starting or stopping for {START_SECONDS:.0f} s already.",
        advice=f"It may be recovering: look into {server.log} and try again.",
    )


def stop_server(server: EmbeddedServer) -> bool:
    """Stop the server, if it lives, as cleanly as possible and say whether it is gone."""
    signalled = 0
    with opened_lock(server.alive_lock) as alive:
        for _ in _until(STOP_SECONDS):
            if try_lock(alive):
                _reap(signalled)
                return True
            # Only a server that answers has surely written the number in postmaster.pid.
            if not signalled and _answers(server.socket):
                try:
                    signalled = _interrupt(server)
                except (PermissionError, ValueError):
                    return False  # the number is not the server's: somebody wrote another one
    return False


def _start(server: EmbeddedServer, binaries: Path, alive: int, *, durable: bool) -> None:
    """Start the server; it inherits `alive`, and with it the lock that nobody else held."""
    if not server.data.exists():
        _initialise(server, binaries, durable=durable)
    _remove_remains(server)
    with _new_log(server) as log:
        process = _launch(server, binaries, alive, log, durable=durable)
        try:
            _wait_until_it_answers(server, process, log)
        except (KeyboardInterrupt, SystemExit):
            process.send_signal(signal.SIGINT)
            raise
        finally:
            # The server outlives this process when others use it; `Popen` must not complain then.
            process.returncode = process.poll() or 0


def _new_log(server: EmbeddedServer) -> IO[bytes]:
    """Open a log that nobody had before us: no link, pipe or second name of another file."""
    server.log.unlink(missing_ok=True)
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    return os.fdopen(os.open(server.log, flags, 0o600), "w+b")


def _launch(
    server: EmbeddedServer, binaries: Path, alive: int, log: IO[bytes], *, durable: bool
) -> subprocess.Popen[bytes]:
    settings = {"unix_socket_directories": _quoted(server.socket_directory), **_SETTINGS}
    settings |= {} if durable else _FORGETFUL_SETTINGS
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return subprocess.Popen(
        [binaries / "postgres", "-D", server.data, *options],
        cwd=server.directory,
        env=_ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        pass_fds=(alive,),
        start_new_session=True,  # Ctrl-C is for us; the server is stopped in order
        **server.account.process_options,
    )


def _wait_until_it_answers(
    server: EmbeddedServer, process: subprocess.Popen[bytes], log: IO[bytes]
) -> None:
    for _ in _until(START_SECONDS):
        if _answers(server.socket):
            return
        if process.poll() is not None:
            raise StoreFault(
                f"The embedded Postgres did not start: {_tail(_end_of(log))}",
                advice=f"The whole log is {server.log}.",
            )
    raise StoreFault(
        f"The embedded Postgres did not answer within {START_SECONDS:.0f} s.",
        advice=f"It may be recovering: look into {server.log} and try again.",
    )


def _end_of(log: IO[bytes]) -> bytes:
    log.seek(max(0, log.seek(0, os.SEEK_END) - _LOG_END))
    return log.read(_LOG_END)


def _remove_remains(server: EmbeddedServer) -> None:
    """Remove what a dead server left; its process number may belong to someone else by now."""
    owner = server.account.uid
    remove_from(server.data, owner, _NUMBER_FILE)
    remove_from(server.socket_directory, owner, SOCKET_NAME, f"{SOCKET_NAME}.lock")


def _interrupt(server: EmbeddedServer) -> int:
    """Ask the server for a fast shutdown (SIGINT) and return its number, 0 if it has just died.

    The number is read from a file of the server's account, so the signal has only its rights.
    Raises PermissionError or ValueError when it is not the number of a process of that account.
    """
    with suppress(FileNotFoundError, ProcessLookupError):
        number = _number_in(read_start(server.data / _NUMBER_FILE, _NUMBER_BYTES))
        server.account.send_signal(number, signal.SIGINT)
        return number
    return 0


def _number_in(content: bytes) -> int:
    """Return the number in the first line; 0, 1 and what is negative would mean other processes."""
    first, _, _ = content.partition(b"\n")
    if not (first.isdigit() and 1 < int(first) < _NUMBERS):
        raise ValueError("not the number of a process")
    return int(first)


def _reap(number: int) -> None:
    """Let a server that has ended, if it was a child of ours, leave the process table."""
    with suppress(ChildProcessError):
        for _ in _until(_REAP_SECONDS if number else 0):
            if os.waitpid(number, os.WNOHANG)[0]:
                return


def _quoted(path: Path) -> str:
    """Quote a path for a setting that is a comma-separated list of names."""
    return '"' + str(path).replace('"', '""') + '"'


def _until(seconds: float) -> Iterator[None]:
    """Yield at short intervals until `seconds` have passed."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield
        time.sleep(_POLL_SECONDS)


def _initialise(server: EmbeddedServer, binaries: Path, *, durable: bool) -> None:
    """Make the data directory with initdb; it appears under its name when it is finished.

    Raises StoreFault with what initdb said.
    """
    for unfinished in server.directory.glob("pgdata.unfinished-*"):
        shutil.rmtree(unfinished, ignore_errors=True)  # an initdb left alone may still be writing
    fresh = Path(tempfile.mkdtemp(prefix="pgdata.unfinished-", dir=server.directory))
    server.account.make_private_directory(fresh)
    _run_initdb(server, binaries, fresh, durable=durable)
    fresh.rename(server.data)
    if durable:
        _sync_directory(server.directory)


def _run_initdb(server: EmbeddedServer, binaries: Path, fresh: Path, *, durable: bool) -> None:
    options = ["--auth-local=trust", "--auth-host=reject", "--no-instructions"]
    options += [] if durable else ["--no-sync"]
    result = subprocess.run(
        [binaries / "initdb", "-D", fresh, "-U", SUPERUSER, "-E", "UTF8", "--locale=C", *options],
        check=False,
        cwd=server.directory,
        env=_ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # a terminal in reach is one to type into
        **server.account.process_options,
    )
    if result.returncode != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        raise StoreFault(
            f"initdb could not make a database in {server.directory}: {_tail(result.stdout)}",
            advice="Free space there, or set CONTRIBUTOR_BACKFILL_HOME or DATABASE_URL.",
        )


def _tail(output: bytes) -> str:
    """Return the last few lines of what a program said."""
    lines = output.decode(errors="replace").strip().splitlines()
    return "\n".join(lines[-_TAIL_LINES:]) or "it said nothing"


def _sync_directory(directory: Path) -> None:
    """Make a rename in `directory` survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _answers(address: Path) -> bool:
    """Tell whether a server takes sessions at this socket.

    A server that refuses only this one session, for want of free slots, does answer.
    Messages: PostgreSQL documentation, "Message Formats", StartupMessage and ErrorResponse.
    """
    with socket.socket(socket.AF_UNIX) as connection, suppress(OSError):
        connection.settimeout(_RESPONSE_SECONDS)
        connection.connect(str(address))
        connection.sendall(_startup_message())
        response = connection.recv(1024)
        connection.sendall(_TERMINATE)
        return bool(response) and _NOT_NOW not in response
    return False


def _startup_message() -> bytes:
    body = struct.pack("!i", _PROTOCOL) + b"user\0postgres\0database\0postgres\0\0"
    return struct.pack("!i", len(body) + 4) + body
