"""Advisory file locks: who may start the server, who uses it, and whether it lives.

A lock belongs to an open file, not to a process number. The kernel drops it when the last process
that has the file open ends, however that process ended; a stale file therefore never looks held.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contributor_backfill.db.embedded.opening import NO_SURPRISES, is_file
from contributor_backfill.domain.errors import NotConfigured

if sys.platform != "win32":  # so that the module can be imported where embedded.py then refuses
    import fcntl


def open_lock(path: Path) -> int:
    """Open the lock file, making it if needed, and return its descriptor, not yet locked.

    Raises NotConfigured when something else is there.
    """
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

    A shared hold on the same descriptor is given up even when the answer is no (flock(2)).
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
