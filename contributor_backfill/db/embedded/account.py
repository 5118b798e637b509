"""The system account the embedded Postgres runs under: ours, or a harmless one when we are root."""

import errno
import os
import stat
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from contributor_backfill.db.embedded.files import opened_directory
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
    def is_ours(self) -> bool:
        """Whether we run under it ourselves: it can then do nothing that we cannot."""
        return self.uid == os.geteuid()

    @property
    def process_options(self) -> dict[str, Any]:
        """The `subprocess` arguments that run a program under this account."""
        if self.is_ours:
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

    def weak_step(self, path: Path) -> Path | None:
        """Return a directory in which this account could put something else in the way to `path`.

        In a sticky directory it can replace only what is its own.
        """
        for entry in (path, *path.parents):
            state = entry.parent.stat()
            sticky = state.st_mode & stat.S_ISVTX and not self._owns(entry)
            if state.st_uid == self.uid or (self._may_write(state) and not sticky):
                return entry.parent
        return None

    def may_change(self, program: Path) -> bool:
        """Tell whether this account could have another program run in the place of this one."""
        if self._owns(program) or self._may_write(program.stat()):
            return True
        return self.weak_step(program) is not None

    def make_private_directory(self, path: Path) -> None:
        """Make `path` a directory of this account that nobody else may enter.

        Raises NotConfigured when something is there already that others own or may enter: who
        reaches the socket is superuser of the database.
        """
        path.mkdir(mode=0o700, exist_ok=True)
        refusal = NotConfigured(
            f"{path} is not a private directory of the user {self.name}.",
            advice="Remove it, or set CONTRIBUTOR_BACKFILL_HOME to another directory.",
        )
        try:
            with opened_directory(path) as directory:
                state = os.fstat(directory)
                if state.st_uid not in {self.uid, os.geteuid()} or state.st_mode & _OTHERS:
                    raise refusal
                if state.st_uid != self.uid:
                    os.fchown(directory, self.uid, self.gid)
        except NotADirectoryError as fault:
            raise refusal from fault

    def send_signal(self, number: int, what: int) -> None:
        """Signal a process with no more rights than this account has.

        Raises PermissionError when it is not a process of this account, ProcessLookupError when
        it has ended.
        """
        if self.is_ours:
            os.kill(number, what)
        elif fault := self.do(partial(_signal, number, what)):
            raise OSError(fault, os.strerror(fault))

    def do(self, action: Callable[[], int]) -> int:
        """Do something small as this account, in a copy of this process, and return its number.

        When it raises, that is the number of an OSError, else EPERM.
        """
        with warnings.catch_warnings():
            # Python 3.12 warns of threads: the copy must take no lock that they could hold.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            # Nothing is cleaned up: locks, buffers and connections here are copies.
            os._exit(self._become_and_do(action))
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        return code if code >= 0 else errno.EPERM  # the copy was killed

    def _become_and_do(self, action: Callable[[], int]) -> int:
        try:
            # The user goes last: after that there is no right left to change the groups.
            os.setgroups([])
            os.setgid(self.gid)
            os.setuid(self.uid)
            return action()
        except OSError as fault:
            return fault.errno or errno.EPERM
        except BaseException:  # noqa: BLE001 - nothing of this process may run on in a copy of it
            return errno.EPERM

    def _owns(self, path: Path) -> bool:
        return os.path.lexists(path) and path.lstat().st_uid == self.uid

    def _may_write(self, state: os.stat_result) -> bool:
        if state.st_mode & stat.S_IWOTH:
            return True
        return bool(state.st_mode & stat.S_IWGRP) and state.st_gid in self._groups()

    def _groups(self) -> list[int]:
        try:
            return os.getgrouplist(self.name, self.gid)
        except (KeyError, OSError):
            return [self.gid]


def _signal(number: int, what: int) -> int:
    os.kill(number, what)
    return 0


def server_account(*files: Path) -> Account:
    """Return the account for a server with these `files`; none of them need exist yet.

    Postgres refuses to run as root. Then the first of them that is not root's decides, so that
    data once made stays usable, and else the first of ACCOUNTS_INSTEAD_OF_ROOT that this system
    has.
    """
    own = os.geteuid()
    if own != 0:
        return Account(name=str(own), uid=own, gid=os.getegid())
    owners = [file.stat().st_uid for file in files if file.exists()]
    return next((_account_of(owner) for owner in owners if owner), None) or account_instead()


def _account_of(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return Account(name=str(uid), uid=uid, gid=uid)
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def account_instead() -> Account:
    """Return the account that runs programs for root, who does not run Postgres's own."""
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in ACCOUNTS_INSTEAD_OF_ROOT:
        if name in known:
            return _account_of(known[name].pw_uid)
    raise NotConfigured(
        "Postgres does not run as root, and this system has no user postgres or nobody.",
        advice="Run as an ordinary user, or set DATABASE_URL.",
    )
