"""The environment that every test has, whoever runs it and wherever."""

import atexit
import os
import pwd
import shutil
import signal
import socket
import tempfile
import time
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

KEPT = (
    # Where programs and their parts are.
    "PATH",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "TMPDIR",
    "VIRTUAL_ENV",
    # What a person or CI may ask of the tests.
    "CI",
    "CONTRIBUTOR_BACKFILL_REAL_ANSWERS",
    "CONTRIBUTOR_BACKFILL_REAL_BROWSER",
    "CONTRIBUTOR_BACKFILL_REAL_POSTGREST",
    "CONTRIBUTOR_BACKFILL_RECORD_SURFACE",
    "CONTRIBUTOR_BACKFILL_SCREENSHOTS",
    "CONTRIBUTOR_BACKFILL_TEST_PG_BIN",
)
KEPT_KINDS = ("PYTHON", "PYTEST_", "HYPOTHESIS_", "COVERAGE_", "COV_")
PINNED = {
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "NO_COLOR": "1",
    "TERM": "xterm",
    "TZ": "UTC",
}
outside: dict[str, str] = {}
"""The environment before: for tools that are fetched, through a person's proxies and registries."""


def pin() -> None:
    """Give this process, and all that it starts, the same environment everywhere."""
    outside.update(os.environ)
    home = tempfile.mkdtemp(prefix="home-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    kept = {k: v for k, v in os.environ.items() if k in KEPT or k.startswith(KEPT_KINDS)}
    os.environ.clear()
    os.environ.update({**kept, **PINNED, "HOME": home})
    time.tzset()
    os.umask(0o022)
    # Under `nohup`, and in the background of a shell, all that is started would ignore them.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    stay_on_this_machine()


def stay_on_this_machine() -> None:
    """Know no other name than `localhost` in this process: to ask for one may take long."""
    look_up, connect = socket.getaddrinfo, psycopg.connect

    def look_up_here(host: Any, *others: Any, **further: Any) -> Any:
        if not _is_here(host):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return look_up(host, *others, **further)

    def connect_here(conninfo: str = "", **how: Any) -> Any:
        hosts = str(conninfo_to_dict(conninfo).get("host", ""))
        if not all(map(_is_here, hosts.split(","))):
            raise psycopg.OperationalError(f'could not translate host name "{hosts}" to address')
        return connect(conninfo, **how)

    socket.getaddrinfo = look_up_here
    psycopg.connect = connect_here


def _is_here(host: Any) -> bool:
    """Tell whether a name needs no looking up: it is this machine's, an address or a path."""
    if not host or str(host).startswith("/"):
        return True
    try:
        ip_address(str(host))
    except ValueError:
        return str(host) == "localhost"
    return True


def fetching() -> dict[str, str]:
    """Return the environment for what fetches tools once and keeps them for the next time."""
    cache = outside.get("XDG_CACHE_HOME") or str(Path(pwd.getpwuid(os.getuid()).pw_dir, ".cache"))
    return {**os.environ, **outside, "HOME": os.environ["HOME"], "XDG_CACHE_HOME": cache}
