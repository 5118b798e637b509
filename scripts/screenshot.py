"""Let a fleet live for seven days, and take a picture of the page that shows how it stands.

The repositories are the sandbox's, of the sizes of real ones; everything else is what the commands
made of them: captures, runs that were killed, errors, quota. Prints the file's name and size.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.browser.chromium import program, started
from tests.support.databases import new_database, server_in_memory
from tests.support.monitored_fleet import fleet

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / ".github" / "monitor.png"
WIDTH, HEIGHT = 1280, 1130
SIZES = {
    "octo/compiler": 9_000,
    "octo/notebook": 3_400,
    "octo/weather": 1_250,
    "octo/router": 820,
    "octo/archive": 640,
    "octo/palette": 410,
    "octo/clock": 230,
    "octo/ledger": 96,
    "octo/hello-world": 31,
}
TRACKED_LATER = {"octo/engine": 12_000, "octo/atlas": 2_600}
GONE, PAUSED = "octo/notebook", "octo/palette"
DAYS = 7
CHUNKS = 3
"""How much a run captures: little, so that it takes days."""


def write_page(directory: Path) -> Path:
    """Capture everything, and have `monitor` write its page."""
    with server_in_memory() as conninfo, pytest.MonkeyPatch.context() as patch:
        database = new_database(conninfo, migrated=True)
        with fleet(SIZES | TRACKED_LATER, database, patch, directory, tracked=SIZES) as life:
            life.run("pause", "--repository", PAUSED, "--reason", "its owner asked for it")
            life.live(12, max_chunks=CHUNKS)
            life.lose(GONE)
            life.live(DAYS * 48 - 28, max_chunks=CHUNKS)
            for name in TRACKED_LATER:
                life.run("track", name)
            life.live(16, max_chunks=CHUNKS)
            done = life.run("monitor", "--html", str(directory / "site"))
    if done.exit_code:
        sys.exit(done.talk)
    return directory / "site" / "index.html"


def main() -> None:
    """Take the picture."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE
    found = program() or sys.exit("no chromium or google-chrome is on PATH")
    tools = [str(ROOT / "scripts" / "node-tools"), "browser"]
    folder = subprocess.run(tools, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    with tempfile.TemporaryDirectory() as directory, started(Path(folder), found) as browser:
        browser.open(write_page(Path(directory)), width=WIDTH, height=HEIGHT)
        browser.screenshot(target, whole=False)
    print(f"{target}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
