"""Workers, polling, and a look at the server, for tests of the embedded server."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from contributor_backfill.db.embedded import stop
from contributor_backfill.db.embedded.files import opened_lock, try_lock
from contributor_backfill.db.embedded.server import EmbeddedServer, servers_under

MEMORY = Path("/dev/shm")
WORKER = Path(__file__).with_name("worker.py")


@dataclass(frozen=True)
class Worker:
    process: subprocess.Popen[str]

    def answer(self) -> tuple[str, str]:
        assert self.process.stdout is not None
        word, _, rest = self.process.stdout.readline().strip().partition(" ")
        return word, rest

    def conninfo(self) -> str:
        word, rest = self.answer()
        assert word == "ready", rest
        return rest

    def finish(self) -> None:
        self.process.communicate()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def worker(home: Path, *arguments: str) -> Iterator[Worker]:
    command = [sys.executable, str(WORKER), str(home), *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, text=True, env=environment, stdin=pipe, stdout=pipe) as process:
        try:
            yield Worker(process)
        finally:
            process.kill()


def wait_until(holds: Callable[[], bool], seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def the_server(home: Path) -> EmbeddedServer:
    (server,) = servers_under(home)
    return server


def lives(home: Path) -> bool:
    with opened_lock(the_server(home).alive_lock) as alive:
        return not try_lock(alive)


def postmaster(home: Path) -> int:
    return int((the_server(home).data / "postmaster.pid").read_text().split()[0])


def kill_server_processes(home: Path) -> None:
    number = postmaster(home)
    children = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(number)], capture_output=True, text=True, check=True
    )
    for process in (number, *map(int, children.stdout.split())):
        os.kill(process, signal.SIGKILL)
    wait_until(lambda: not lives(home))


def note(conninfo: str, text: str) -> None:
    with psycopg.connect(conninfo) as connection:
        connection.execute("create table if not exists note (text text)")
        connection.execute("insert into note values (%s)", [text])


def notes(conninfo: str) -> list[str]:
    with psycopg.connect(conninfo) as connection:
        return [row[0] for row in connection.execute("select text from note order by text")]


@contextmanager
def room_in_memory() -> Iterator[Path]:
    parent = MEMORY if os.access(MEMORY, os.W_OK) else None
    path = Path(tempfile.mkdtemp(prefix="embedded-", dir=parent))
    path.chmod(0o755)
    yield path
    for directory in path.rglob("pg[0-9][0-9]"):
        assert stop(directory.parent), f"{directory} is still in use"
    shutil.rmtree(path)
