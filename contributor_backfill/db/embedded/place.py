"""Where an embedded server lives: its directory, locks, log and socket."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from contributor_backfill.db.embedded.account import Account, server_account
from contributor_backfill.domain.errors import NotConfigured

DATABASE = "contributor_backfill"
SUPERUSER = "postgres"
SOCKET_NAME = ".s.PGSQL.5432"
# A socket address holds 104 bytes on macOS and 108 on Linux, the name and its end included.
LONGEST_SOCKET_DIRECTORY = 104 - len(f"/{SOCKET_NAME}.lock") - 1
# Not `tempfile.gettempdir()`: it follows TMPDIR, and all processes have to meet at one socket.
_SHORT_PLACE = Path("/tmp")  # noqa: S108 - the directory made in it is private and its owner checked


@dataclass(frozen=True)
class EmbeddedServer:
    """One data directory of one Postgres major version, and the account that owns it."""

    directory: Path
    account: Account

    @property
    def data(self) -> Path:
        """Postgres's data directory; it exists only when initdb has finished."""
        return self.directory / "pgdata"

    @property
    def log(self) -> Path:
        """What the server has said since its last start."""
        return self.directory / "server.log"

    @property
    def start_lock(self) -> Path:
        """Held alone by whoever is starting, stopping or wiping the server."""
        return self.directory / "start.lock"

    @property
    def clients_lock(self) -> Path:
        """Shared by all processes that use the server."""
        return self.directory / "clients.lock"

    @property
    def alive_lock(self) -> Path:
        """Held by the server itself: every one of its processes inherits the open file."""
        return self.directory / "alive.lock"

    @property
    def socket_directory(self) -> Path:
        """The directory of the socket, elsewhere when ours is too long or libpq would split it."""
        usual = self.directory / "run"
        if len(os.fsencode(usual)) <= LONGEST_SOCKET_DIRECTORY and "," not in str(usual):
            return usual
        digest = hashlib.sha256(os.fsencode(self.directory)).hexdigest()
        return _SHORT_PLACE / f"contributor-backfill-{digest[:24]}"

    @property
    def socket(self) -> Path:
        """The socket on which the server answers; there is no network address."""
        return self.socket_directory / SOCKET_NAME

    @property
    def conninfo(self) -> str:
        """The connection string for DATABASE as superuser."""
        return self.conninfo_for(DATABASE)

    def conninfo_for(self, database: str) -> str:
        """Return the libpq connection string for `database` as superuser."""
        host = str(self.socket_directory).replace("\\", "\\\\").replace("'", "\\'")
        return (
            # Named in full, so that libpq's own variables name no other place.
            f"host='{host}' hostaddr='' port=5432 user={SUPERUSER} dbname={database}"
            " application_name=contributor-backfill connect_timeout=10"
        )


def server_at(home: Path, major: int) -> EmbeddedServer:
    """Return the server of one major version under `home`; nothing is made yet."""
    directory = home.resolve() / f"pg{major}"
    return EmbeddedServer(directory, server_account(directory))


def servers_under(home: Path) -> list[EmbeddedServer]:
    """Return the servers of all major versions that exist under `home`."""
    found = sorted(home.resolve().glob("pg[0-9]*"))
    return [EmbeddedServer(directory, server_account(directory)) for directory in found]


def make_directories(server: EmbeddedServer) -> None:
    """Make the directories of the server that are missing.

    Raises NotConfigured when its account cannot get there. Directories that exist keep their mode.
    """
    home = server.directory.parent
    if not home.exists():
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.geteuid() == 0:  # the server's account is another one and has to pass
            home.chmod(0o755)
    if not server.account.can_enter(home):
        raise NotConfigured(
            f"Postgres runs as the user {server.account.name}, who may not enter {home}.",
            advice="Set CONTRIBUTOR_BACKFILL_HOME to a directory that everyone may enter.",
        )
    server.account.make_private_directory(server.directory)
    server.account.make_private_directory(server.socket_directory)
