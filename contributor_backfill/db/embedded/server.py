"""Where an embedded server lives: its directory, locks, log and socket."""

import errno
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from contributor_backfill.db.embedded.account import Account, server_account
from contributor_backfill.db.embedded.files import take_directory
from contributor_backfill.domain.errors import NotConfigured

DATABASE = "contributor_backfill"
SUPERUSER = "postgres"
SOCKET_NAME = ".s.PGSQL.5432"
# A socket address holds 104 bytes on macOS and 108 on Linux, the name and its end included.
LONGEST_SOCKET_DIRECTORY = 104 - len(f"/{SOCKET_NAME}.lock") - 1
# Not `tempfile.gettempdir()`: it follows TMPDIR, and all processes have to meet at one socket.
_SHORT_PLACE = Path("/tmp")  # noqa: S108 - the directory made in it is private and its owner checked
_PLAIN = re.compile(r"[ -+\--~]+")
_NAME = re.compile(r"pg[0-9]+")


@dataclass(frozen=True)
class EmbeddedServer:
    """One data directory of one Postgres major version, and the account that owns it."""

    directory: Path
    account: Account

    @property
    def major(self) -> int:
        """The major version of Postgres that made the data."""
        return int(self.directory.name.removeprefix("pg"))

    @property
    def data(self) -> Path:
        """Postgres's data directory; it exists only when initdb has finished."""
        return self.directory / "pgdata"

    @property
    def log(self) -> Path:
        """The server's log since its last start."""
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
        """The directory of the socket; elsewhere when ours is too long, or no address for libpq.

        It would split one with a comma, and an address has to be of ASCII.
        """
        usual = self.directory / "run"
        plain = _PLAIN.fullmatch(str(usual))
        if plain and len(os.fsencode(usual)) <= LONGEST_SOCKET_DIRECTORY:
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
        return (
            # Named in full, so that libpq's own variables name no other place.
            f"host={_in_quotes(self.socket_directory)} hostaddr='' port=5432 user={SUPERUSER}"
            f" dbname={database} application_name=contributor-backfill connect_timeout=10"
            f" requirepeer={_in_quotes(self._peer)}"
        )

    @property
    def _peer(self) -> str:
        """Whose server has to answer, for libpq to check: the account may put a link there."""
        return "" if self.account.is_ours or self.account.name.isdigit() else self.account.name


def _in_quotes(value: object) -> str:
    return "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'"


def server_at(home: Path, major: int) -> EmbeddedServer:
    """Return the server of one major version under `home`; nothing is made yet."""
    return _server_in(_resolved(home) / f"pg{major}")


def servers_under(home: Path) -> list[EmbeddedServer]:
    """Return the servers of all major versions that exist under `home`."""
    found = [path for path in _resolved(home).glob("pg*") if _NAME.fullmatch(path.name)]
    return [_server_in(directory) for directory in sorted(found) if directory.is_dir()]


def _resolved(home: Path) -> Path:
    try:
        return home.resolve()
    except RuntimeError:  # what Python before 3.13 makes of it
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(home)) from None


def _server_in(directory: Path) -> EmbeddedServer:
    account = server_account(directory, directory / "pgdata", directory / "run")
    return EmbeddedServer(directory, account)


def refuse_other_majors(server: EmbeddedServer) -> None:
    """Raise NotConfigured when all data in this home is of other versions than the server's.

    An empty database would look as if all had been lost.
    """
    home = server.directory.parent
    others = [other for other in servers_under(home) if other.data.exists()]
    # An empty database beside the old one would look like a loss.
    if others and not server.data.exists():
        other = others[-1]
        raise NotConfigured(
            f"{other.directory} holds data of PostgreSQL {other.major}; the programs here are those"
            f" of PostgreSQL {server.major}, which cannot read it.",
            advice=f"Set CONTRIBUTOR_BACKFILL_PG_BIN to the programs of PostgreSQL {other.major}"
            " to go on with it, or to take it along with pg_dump; to begin anew, rename"
            f" {other.directory} or set CONTRIBUTOR_BACKFILL_HOME to another directory.",
        )


def make_directories(server: EmbeddedServer) -> None:
    """Make the directories of the server that are missing.

    Raises NotConfigured when its account cannot get there. Directories that exist keep their mode,
    except that root keeps its own apart from the account.
    """
    home = server.directory.parent
    if not home.exists():
        # Whoever reaches the socket is superuser of the database.
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.geteuid() == 0:  # the server's account is another one and has to pass
            home.chmod(0o755)
    if not home.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(home))
    if not server.account.can_enter(home):
        raise NotConfigured(
            f"Postgres runs as the user {server.account.name}, who may not enter {home}.",
            advice="Set CONTRIBUTOR_BACKFILL_HOME to a directory that everyone may enter.",
        )
    keep_apart(server)
    server.account.make_private_directory(server.socket_directory)


def keep_apart(server: EmbeddedServer) -> None:
    """Keep locks, log and programs where the account of the server cannot write.

    Raises NotConfigured when it could put something else in the place of the directory.
    """
    if server.account.is_ours:
        server.account.make_private_directory(server.directory)
        return
    refuse_weak_steps(server.account, server.directory)
    take_directory(
        server.directory,
        server.account.uid,
        (server.start_lock.name, server.clients_lock.name, server.alive_lock.name, server.log.name),
    )


def refuse_weak_steps(account: Account, path: Path) -> None:
    """Raise NotConfigured when `account`, another one than ours, could replace `path`."""
    weak = None if account.is_ours else account.weak_step(path)
    if weak:
        raise NotConfigured(
            f"The user {account.name}, under whom Postgres runs, may write in {weak} and could put"
            f" anything in the place of {path}.",
            advice=f"Let nobody but root write there, run as {account.name},"
            " or choose another directory.",
        )
