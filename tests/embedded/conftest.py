"""A place for servers in memory, which the user that Postgres runs as may enter."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from contributor_backfill.db.embedded import find_binaries
from tests.embedded.helpers import room_in_memory


@pytest.fixture
def room() -> Iterator[Path]:
    with room_in_memory() as path:
        yield path


@pytest.fixture
def home(room: Path) -> Path:
    return room / "home"


@pytest.fixture
def private_binaries(room: Path) -> Path:
    package = find_binaries().parents[1]
    private = room / "private"
    private.mkdir(mode=0o700)
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(package / "pginstall18", private / package.name / "pginstall18")
    shutil.copytree(libraries, private / libraries.name)
    return private / package.name / "pginstall18" / "bin"
