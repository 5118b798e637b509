"""The first half hour of a maintainer with fifty repositories, as it is read.

After a change that is meant, run it with CONTRIBUTOR_BACKFILL_RECORD_SURFACE=1 and read the diff.
"""

import io
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from contributor_backfill.sandbox import ListSizes, RepositoryOptions, Sandbox, World
from tests.support.commands import Commands, variables_for
from tests.support.databases import Database
from tests.support.entry import run_here

GOLDEN = Path(__file__).parent / "golden"
WIDTH = 80
LARGE = {"acme/engine": 140, "acme/website": 120, "acme/a-repository-with-a-rather-long-name": 110}
SMALL = {f"acme/part-{number:02}": 1 + number % 5 for number in range(47)}
QUIET = "--quiet"  # bars and lines of progress come as the clock wants
STEPS = (
    "--help",
    "doctor",
    "track --file fleet.txt",
    "estimate acme/engine",
    f"progressive-backfill --max-chunks 2 {QUIET}",
    f"progressive-backfill --max-chunks 2 {QUIET}",
    f"progressive-backfill {QUIET}",
    "status",
    "monitor",
    "monitor --html page",
    "pause acme/engine --reason trial --actor me",
    "status --filter state=paused",
    "untrack acme/part-00 --actor me",
    "untrack acme/part-00 --actor me",
    "history",
    "statsu",
)
FIGURES = {"doctor", "estimate", "monitor", "progressive-backfill", "status", "history"}
"""What they tell has figures of the machine's own."""
SCRUBBED = (
    (r"127\.0\.0\.1:\d+", "HOST"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}\b", "UUID"),
    (r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?", "DATE"),
    (r"\b\d\d:\d\d\b(?=[ ,.)]|$)", "TIME"),
    (r"PostgreSQL [\d.]+", "PostgreSQL N"),
    (r"[▁▂▃▄▅▆▇█░]+", "BAR"),
)

UNIT = r"(?:ms|s|min|h|d|days?|hours?|minutes?)(?![a-z])"
COUNTED = r"(?:pull request|review comment|request|point|row)"
STYLES = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(io.StringIO):
    """A terminal of eighty columns, as far as a program can tell."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    few = ListSizes(1.0)
    options = [
        RepositoryOptions(name, pull_requests=size, reviews=few, comments=few)
        for name, size in {**LARGE, **SMALL}.items()
    ]
    with Sandbox(World.of(options)) as sandbox:
        yield sandbox


@pytest.fixture
def commands(sandbox: Sandbox, database: Database, tmp_path: Path) -> Commands:
    names = "\n".join((*LARGE, *SMALL))
    (tmp_path / "fleet.txt").write_text(f"# all of ours\n{names}\n", encoding="utf-8")
    return Commands({**variables_for(sandbox, database), "COLUMNS": str(WIDTH)}, tmp_path)


def scrubbed(text: str, directory: Path, *, has_figures: bool) -> str:
    """Return a text without what the time, the machine and this directory put into it."""
    for name in (str(directory), os.path.realpath(directory)):
        text = text.replace(name, "DIR")
    text = text.replace("python -m pytest.", "")
    text = re.sub(r"/\S+/pg\d+/run", "PLACE", text)
    for pattern, name in SCRUBBED:
        text = re.sub(pattern, name, text, flags=re.MULTILINE)
    if has_figures:
        text = re.sub(r"\d[\d,.]*(?<![,.])", "#", text)
        text = re.sub(rf"# {UNIT}(?: # {UNIT})*", "# TIME", text)
        text = re.sub(
            r"# ((?:[a-z]+ )?(?:pull request|review comment|request|point|row))\b", r"# \1s", text
        )
        text = re.sub("|".join(LARGE) + r"|acme/part-#", "acme/NAME", text)
        text = re.sub(r"  +", "  ", text)
    # Repositories come in any order, and say the same.
    lines = (line.rstrip() for line in text.splitlines())
    return "\n".join(dict.fromkeys(lines) if has_figures else lines)


def transcript(commands: Commands, *, on_terminal: bool) -> Iterator[str]:
    for step in STEPS:
        terminal = Terminal() if on_terminal else None
        done = run_here(commands.environment, commands.directory, *step.split(), terminal=terminal)
        said = STYLES.sub("", terminal.getvalue() if terminal else done.output + done.talk)
        if on_terminal and step.split()[0] in {"status", "monitor", "doctor", "--help"}:
            assert max(map(len, said.splitlines())) <= WIDTH, step
        has_figures = step.split()[0] in FIGURES
        if step == "monitor":
            # Its figures are held in tests of their own; here, what one meets from top to bottom.
            lines = said.splitlines()
            said = "\n".join(line for line in lines if line.isupper() or line.startswith("more:"))
        yield f"$ contributor-backfill {step}"
        yield scrubbed(said, commands.directory, has_figures=has_figures)
        yield f"[{done.exit_code}]\n"


@pytest.mark.parametrize("place", ["terminal", "pipe"])
def test_it_reads_as_a_person_has_read_it(commands: Commands, place: str) -> None:
    text = "\n".join(transcript(commands, on_terminal=place == "terminal"))

    golden = GOLDEN / f"first_half_hour_{place}.txt"
    if os.environ.get("CONTRIBUTOR_BACKFILL_RECORD_SURFACE"):
        golden.write_text(text, encoding="utf-8")
    assert text.splitlines() == golden.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("place", ["pipe"])
def test_the_demo_reads_as_a_person_has_read_it(place: str) -> None:
    with tempfile.TemporaryDirectory(prefix="demo-") as home:
        Path(home).chmod(0o755)
        alone = Commands({"CONTRIBUTOR_BACKFILL_HOME": home, "COLUMNS": str(WIDTH)}, Path(home))
        done = alone.run("demo", "--pull-requests", "120", QUIET)
        assert done.returncode == 0, done.stderr
        text = scrubbed(done.stdout, Path(home), has_figures=True)

    golden = GOLDEN / f"demo_{place}.txt"
    if os.environ.get("CONTRIBUTOR_BACKFILL_RECORD_SURFACE"):
        golden.write_text(text, encoding="utf-8")
    assert text.splitlines() == golden.read_text(encoding="utf-8").splitlines()
