"""A holder of a lease is dead only when that is certain. More of it in test_settings."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from contributor_backfill.cli.holder import is_dead, this_process

MACHINE = this_process().rpartition("/")[0]
RENAMED = """
with open("/proc/self/comm", "wb") as name:
    name.write(b"\\xff) Z (\\xc3")
print("ready", flush=True)
input()
"""

linux_alone = pytest.mark.skipif(not Path("/proc/self/comm").exists(), reason="needs /proc")


@contextmanager
def strangely_named() -> Iterator[subprocess.Popen[bytes]]:
    """A process whose name is no text and looks like the state of a dead one."""
    with subprocess.Popen(
        [sys.executable, "-c", RENAMED], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        yield child
        child.communicate(b"\n")


@linux_alone
def test_a_process_may_call_itself_anything_and_is_alive() -> None:
    with strangely_named() as child:
        assert not is_dead(f"{MACHINE}/{child.pid}")


@pytest.mark.parametrize("pid", ["", "x", "-1", "²", "9" * 30, "1/2"])
def test_what_is_no_process_id_cannot_be_judged(pid: str) -> None:
    assert not is_dead(f"{MACHINE}/{pid}")


def test_the_first_process_of_the_machine_is_alive_whoever_owns_it() -> None:
    assert not is_dead(f"{MACHINE}/1")


def test_before_the_machine_was_started_again_all_is_unknown() -> None:
    host = MACHINE.partition("/")[0]

    assert not is_dead(f"{host}/00000000/999999")
