"""A process that has imported everything, and forks for each command.

What it forks is a process as a user's is: with variables, a directory, streams and an exit code of
its own, and an end as Python ends. What is saved is the time that imports take, most of a
command's, and what it waits before it tries again.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import NoReturn

import contributor_backfill
from contributor_backfill.cli.main import main
from tests.support.clocks import let_waits_take_no_time
from tests.support.surroundings import stay_on_this_machine

ROOT = str(Path(__file__).parent.parent.parent)
SERVE = "import sys; sys.path.insert(0, {root!r}); from tests.support import warm; warm.serve({fd})"
LARGEST = 1024 * 1024
LONGEST_SECONDS = 600


@cache
def _warm(_of_process: int) -> socket.socket:
    """Start the process that serves this one; it ends when this one does."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for side in (ours, its):
        side.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LARGEST)
    code = SERVE.format(root=ROOT, fd=its.fileno())
    process = subprocess.Popen([sys.executable, "-c", code], pass_fds=[its.fileno()])
    its.close()

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def run(
    program: Path, arguments: Sequence[str], environment: Mapping[str, str], directory: Path
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    status, its_status = socket.socketpair()
    line = [str(program), *arguments]
    request = [line, dict(environment), str(directory)]
    with TemporaryFile() as output, TemporaryFile() as talk, status:
        with its_status:
            files = [output.fileno(), talk.fileno(), its_status.fileno()]
            socket.send_fds(_warm(os.getpid()), [json.dumps(request).encode()], files)
        status.settimeout(LONGEST_SECONDS)
        process_id, exit_code = int(status.recv(16)), None
        try:
            exit_code = int(status.recv(16))
        finally:
            if exit_code is None:
                os.kill(process_id, signal.SIGKILL)
        texts = []
        for file in (output, talk):
            file.seek(0)
            texts.append(file.read().decode().replace("\r\n", "\n"))
    return subprocess.CompletedProcess(line, exit_code, *texts)


def serve(descriptor: int) -> None:
    """Fork for each request; the copy returns with what its command raises."""
    requests = socket.socket(fileno=descriptor)
    requests.setblocking(True)
    for module in pkgutil.walk_packages(contributor_backfill.__path__, "contributor_backfill."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    let_waits_take_no_time()
    stay_on_this_machine()
    sys.path[:] = [folder for folder in sys.path if folder not in {"", ROOT}] + [ROOT]
    gc.collect()
    gc.freeze()
    while True:
        content, files, *_ = socket.recv_fds(requests, LARGEST, 3)
        if not content:
            return
        _reap()
        if os.fork() == 0:
            requests.close()
            _watch(*json.loads(content), *files)
        for file in files:
            os.close(file)


def _reap() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _watch(
    arguments: list[str],
    environment: dict[str, str],
    directory: str,
    output: int,
    talk: int,
    status: int,
) -> NoReturn:
    """Fork the command, and tell its number and, when it ends, its exit code."""
    process_id = os.fork()
    if process_id == 0:
        os.close(status)
        _become(arguments, environment, directory, output, talk)
    os.write(status, b"%d" % process_id)
    _, ended = os.waitpid(process_id, 0)
    os.write(status, b"%d" % os.waitstatus_to_exitcode(ended))
    os._exit(0)


def _become(
    arguments: list[str], environment: dict[str, str], directory: str, output: int, talk: int
) -> NoReturn:
    """Be the command."""
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(directory)
    for here, there in enumerate((os.open(os.devnull, os.O_RDONLY), output, talk)):
        os.dup2(there, here)
        os.close(there)
    sys.stdin = os.fdopen(0, errors="surrogateescape", closefd=False)
    sys.stdout = os.fdopen(1, "w", errors="surrogateescape", closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, errors="backslashreplace", closefd=False)
    sys.argv = arguments
    main()
