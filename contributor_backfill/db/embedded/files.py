"""Files of the embedded server: locks, and what another account may have put in their place.

Locks say who may start the server, who uses it, and whether it lives. A lock belongs to an open
file, not to a process number. The kernel drops it when the last process that has the file open
ends, however that process ended; a stale file therefore never looks held.

A link is not followed, a pipe is not waited for, and who owns a thing is asked of the open file.
"""

import errno
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from contributor_backfill.domain.errors import NotConfigured

if sys.platform != "win32":  # so that the module can be imported where embedded.py then refuses
    import fcntl

_PASS_THROUGH = 0o711
NO_SURPRISES = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@contextmanager
def opened_directory(path: Path) -> Iterator[int]:
    """Open a directory. Raises NotADirectoryError when it is something else, such as a link."""
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY | NO_SURPRISES)
    try:
        yield directory
    finally:
        os.close(directory)


def is_file(descriptor: int) -> bool:
    """Tell whether this is an ordinary file: no pipe, socket, device or directory."""
    return stat.S_ISREG(os.fstat(descriptor).st_mode)


def read_start(path: Path, size: int) -> bytes:
    """Return the first bytes of an ordinary file, and none of anything else.

    Raises FileNotFoundError when there is nothing.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | NO_SURPRISES)
    except FileNotFoundError:
        raise
    except OSError:  # a link, a socket
        return b""
    try:
        return os.read(descriptor, size) if is_file(descriptor) else b""
    finally:
        os.close(descriptor)


def remove_from(directory: Path, owner: int, *names: str) -> None:
    """Remove files from a directory if it belongs to `owner`, who could do the same.

    It may be a link: to a larger disk, for example.
    """
    with suppress(FileNotFoundError):
        opened = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            if os.fstat(opened).st_uid == owner:
                for name in names:
                    with suppress(FileNotFoundError):
                        os.unlink(name, dir_fd=opened)
        finally:
            os.close(opened)


def take_directory(path: Path, former: int, files: tuple[str, ...]) -> None:
    """Make `path` a directory of ours that others may only pass through, with its `files`.

    It may have been the `former` owner's, as version 0.1 made it, with a server that runs; then
    the files are taken too, so that locks hold on, but not what only looks like them.
    Raises PermissionError when it is somebody else's.
    """
    path.mkdir(mode=0o700, exist_ok=True)
    with opened_directory(path) as directory:
        state = os.fstat(directory)
        if (state.st_uid, stat.S_IMODE(state.st_mode)) == (os.geteuid(), _PASS_THROUGH):
            return
        if state.st_uid not in {os.geteuid(), former}:
            raise PermissionError(errno.EPERM, "it belongs to another user", str(path))
        fcntl.flock(directory, fcntl.LOCK_EX)  # another process may be taking it too
        os.fchown(directory, os.geteuid(), os.getegid())
        os.fchmod(directory, 0o700)
        for name in files:
            _take_file(directory, name, former)
        os.fchmod(directory, _PASS_THROUGH)  # last: whoever sees it need not look at the files


def _take_file(directory: int, name: str, former: int) -> None:
    try:
        descriptor = os.open(name, os.O_RDWR | NO_SURPRISES, dir_fd=directory)
    except FileNotFoundError:
        return
    except OSError:  # a link, a socket, a directory
        _remove(directory, name)
        return
    try:
        state = os.fstat(descriptor)
        known = state.st_uid in {os.geteuid(), former} and state.st_nlink == 1
        if known and is_file(descriptor):
            os.fchown(descriptor, os.geteuid(), os.getegid())
            os.fchmod(descriptor, 0o600)
        else:
            _remove(directory, name)
    finally:
        os.close(descriptor)


def _remove(directory: int, name: str) -> None:
    try:
        os.unlink(name, dir_fd=directory)
    except (IsADirectoryError, PermissionError):  # macOS says the latter
        shutil.rmtree(name, dir_fd=directory)


def open_lock(path: Path) -> int:
    """Open the lock file, making it if needed, and return its descriptor, not yet locked.

    Raises NotConfigured when something else is there.
    """
    # The account of the server may have put a link or a pipe there.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | NO_SURPRISES, 0o600)
    if not is_file(descriptor):
        os.close(descriptor)
        raise NotConfigured(f"{path} is no lock file.", advice="Remove it and try again.")
    return descriptor


@contextmanager
def opened_lock(path: Path) -> Iterator[int]:
    """Open the lock file for the length of the block; closing it drops our hold on the lock."""
    descriptor = open_lock(path)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def exclusive_lock(path: Path) -> Iterator[None]:
    """Hold the lock alone for the length of the block, waiting for it as long as it takes."""
    with opened_lock(path) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


def share_lock(descriptor: int) -> None:
    """Hold the lock together with others, waiting while someone holds it alone."""
    fcntl.flock(descriptor, fcntl.LOCK_SH)


def try_lock(descriptor: int) -> bool:
    """Take the lock alone if nobody else holds it, without waiting, and say whether it was taken.

    A shared hold on the same descriptor is given up even when it is not taken (flock(2)).
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
