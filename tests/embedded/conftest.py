"""A place for servers in memory, which the user that Postgres runs as may enter."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from contributor_backfill.db.embedded import embedded_postgres, find_binaries
from tests.embedded.helpers import room_in_memory


@pytest.fixture
def room() -> Iterator[Path]:
    with room_in_memory() as path:
        yield path


@pytest.fixture
def new_home(room: Path) -> Path:
    """A home that is not there yet."""
    return room / "home"


@pytest.fixture(scope="session")
def started_once() -> Iterator[Path]:
    with room_in_memory() as room:
        with embedded_postgres(room / "home", durable=False):
            pass
        yield room / "home"


@pytest.fixture
def home(new_home: Path, started_once: Path) -> Path:
    """A home whose empty database was made before: initdb takes a second of a core."""
    subprocess.run(["cp", "-a", started_once, new_home], check=True)
    return new_home


@pytest.fixture
def private_binaries(room: Path) -> Path:
    package = find_binaries().parents[1]
    private = room / "private"
    private.mkdir(mode=0o700)
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(package / "pginstall18", private / package.name / "pginstall18")
    shutil.copytree(libraries, private / libraries.name)
    return private / package.name / "pginstall18" / "bin"
