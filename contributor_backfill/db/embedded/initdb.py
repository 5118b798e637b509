"""Making the data directory of an embedded server, whole or not at all."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from contributor_backfill.db.embedded.place import SUPERUSER, EmbeddedServer
from contributor_backfill.domain.errors import StoreFault

ENVIRONMENT = {"LC_ALL": "C", "PATH": os.defpath}  # the user's PG* and locale variables stay out
_TAIL_LINES = 4


def initialise(server: EmbeddedServer, binaries: Path, *, durable: bool) -> None:
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
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # a terminal in reach is one to type into
        **server.account.process_options,
    )
    if result.returncode != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        raise StoreFault(
            f"initdb could not make a database in {server.directory}: {tail(result.stdout)}",
            advice="Free space there, or set CONTRIBUTOR_BACKFILL_HOME or DATABASE_URL.",
        )


def tail(output: bytes) -> str:
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
