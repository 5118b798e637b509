"""Who holds a lease: this process, in words that another process on this machine can check."""

import os
import socket
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def this_process() -> str:
    """Return `HOST/BOOT/PID`. The boot is part of it because process ids begin anew."""
    return f"{_machine()}/{os.getpid()}"


def is_dead(holder: str) -> bool:
    """Tell whether a holder was a process of this machine that is gone.

    To be wrong costs a page, not a row: the lease's token guards every commit.
    """
    machine, _, pid = holder.rpartition("/")
    if machine != _machine() or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    # EPERM: it is somebody else's process, and it lives.
    except (OSError, OverflowError):
        return False
    # A killed process keeps its number until its parent has looked, but works no more.
    return _is_zombie(int(pid))


def _machine() -> str:
    # macOS has no such file.
    boot = BOOT_ID.read_text(encoding="ascii")[:8] if BOOT_ID.exists() else "-"
    return f"{socket.gethostname()}/{boot}"


def _is_zombie(pid: int) -> bool:
    try:
        # Bytes: a process may call itself anything.
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return False
    return state[:1] == [b"Z"]
