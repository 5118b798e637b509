"""A place for servers in memory, which the user that Postgres runs as may enter."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from contributor_backfill.db.embedded import stop

MEMORY = Path("/dev/shm")


@pytest.fixture
def room() -> Iterator[Path]:
    parent = MEMORY if os.access(MEMORY, os.W_OK) else None
    path = Path(tempfile.mkdtemp(prefix="embedded-", dir=parent))
    path.chmod(0o755)
    yield path
    for directory in path.rglob("pg[0-9][0-9]"):
        assert stop(directory.parent), f"{directory} is still in use"
    shutil.rmtree(path)


@pytest.fixture
def home(room: Path) -> Path:
    return room / "home"
