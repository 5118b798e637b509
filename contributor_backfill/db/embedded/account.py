"""The system account the embedded Postgres runs under: ours, or a harmless one when we are root."""

import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contributor_backfill.domain.errors import NotConfigured

if sys.platform != "win32":  # so that the module can be imported where embedded.py then refuses
    import pwd

ACCOUNTS_INSTEAD_OF_ROOT = ("postgres", "nobody")
_OTHERS = 0o077


@dataclass(frozen=True)
class Account:
    """A user and its main group, by number; `name` is for messages."""

    name: str
    uid: int
    gid: int

    @property
    def process_options(self) -> dict[str, Any]:
        """The `subprocess` arguments that run a program under this account."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def may(self, bit: int, path: Path) -> bool:
        """Tell whether the mode bits of `path` alone allow `bit` (read 4, write 2, execute 1)."""
        state = path.stat()
        if state.st_uid == self.uid:
            return bool(state.st_mode & bit << 6)
        if state.st_gid == self.gid:
            return bool(state.st_mode & bit << 3)
        return bool(state.st_mode & bit)

    def can_enter(self, directory: Path) -> bool:
        """Tell whether this account may step into `directory` from the root of the file system."""
        return all(self.may(stat.S_IXOTH, step) for step in (directory, *directory.parents))

    def can_run(self, program: Path) -> bool:
        """Tell whether this account may read and execute `program`, a path without links."""
        return self.can_enter(program.parent) and all(
            self.may(bit, program) for bit in (stat.S_IROTH, stat.S_IXOTH)
        )

    def make_own(self, path: Path) -> None:
        """Give `path`, which belongs to us, to this account."""
        if self.uid != os.geteuid():
            os.chown(path, self.uid, self.gid)

    def make_private_directory(self, path: Path) -> None:
        """Make `path` a directory of this account that nobody else may enter.

        Raises NotConfigured when something is there already that others own or may enter: who
        reaches the socket is superuser of the database.
        """
        path.mkdir(mode=0o700, exist_ok=True)
        state = path.lstat()
        ours = state.st_uid in {self.uid, os.geteuid()}
        if not ours or not stat.S_ISDIR(state.st_mode) or state.st_mode & _OTHERS:
            raise NotConfigured(
                f"{path} is not a private directory of the user {self.name}.",
                advice="Remove it, or set CONTRIBUTOR_BACKFILL_HOME to another directory.",
            )
        self.make_own(path)


def server_account(directory: Path) -> Account:
    """Return the account for the server in `directory`, which need not exist yet.

    Postgres refuses to run as root. Then the owner of an existing directory decides, so that data
    once made stays usable, and else the first of ACCOUNTS_INSTEAD_OF_ROOT that this system has.
    """
    own = os.geteuid()
    if own != 0:
        return Account(name=str(own), uid=own, gid=os.getegid())
    owner = directory.stat().st_uid if directory.exists() else 0
    return _account_of(owner) if owner else _account_instead_of_root()


def _account_of(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return Account(name=str(uid), uid=uid, gid=uid)
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def _account_instead_of_root() -> Account:
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in ACCOUNTS_INSTEAD_OF_ROOT:
        if name in known:
            return _account_of(known[name].pw_uid)
    raise NotConfigured(
        "Postgres does not run as root, and this system has no user postgres or nobody.",
        advice="Run as an ordinary user, or set DATABASE_URL.",
    )
