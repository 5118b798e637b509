"""A Chromium of this machine, started once, and where the pictures of what it shows are kept."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import Browser, program, started
from tests.support.surroundings import fetching

ROOT = Path(__file__).parent.parent.parent
WANTED = os.environ.get("CONTRIBUTOR_BACKFILL_REAL_BROWSER") == "1"
SCREENSHOTS = "CONTRIBUTOR_BACKFILL_SCREENSHOTS"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not WANTED:
        pytest.skip("scripts/check-page asks for a real browser, which takes minutes")
    found = program()
    assert found is not None, "no chromium or google-chrome is on PATH"
    done = subprocess.run(
        [ROOT / "scripts" / "node-tools", "browser"],
        env=fetching(),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    with started(Path(done.stdout.strip()), found) as browser:
        yield browser


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory that the environment names, or one that is thrown away."""
    named = os.environ.get(SCREENSHOTS)
    if not named:
        return tmp_path_factory.mktemp("screenshots")
    directory = ROOT / named
    directory.mkdir(parents=True, exist_ok=True)
    return directory
