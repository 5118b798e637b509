"""The setup action makes the tool ready, from files whose hashes the runner's lock names."""

import os
import subprocess
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.support.databases import Database
from tests.workflows.conftest import COUNT, Run
from tests.workflows.expressions import Expressions
from tests.workflows.machine import PYTHON
from tests.workflows.settings import ROOT, WORKFLOWS
from tests.workflows.stand_ins import APP_TOKEN, StandIns
from tests.workflows.tool_copy import copy_tool

APP = {
    "variables": {"BACKFILL_APP_CLIENT_ID": "Iv23liABC"},
    "secrets": {"BACKFILL_APP_PRIVATE_KEY": "-----BEGIN RSA PRIVATE KEY-----"},
}


@pytest.mark.usefixtures("tracked")
def test_the_runners_lock_alone_makes_the_tool_run(run: Run, database: Database) -> None:
    stand_ins = StandIns(installs=True)

    done = run("progressive-backfill.yml", event="schedule", stand_ins=stand_ins)

    job = done.only("capture")
    install = job.step("Install")
    if install.exit_code and not os.environ.get("CI"):
        pytest.skip("PyPI is out of reach")
    assert job.result == "success", [step.text for step in job.steps]
    assert database.value("select count(*) from pull_requests") == COUNT
    assert list(done.directory.rglob("site-packages/supabase"))
    assert not list(done.directory.rglob("pytest"))


def test_no_job_that_has_a_secret_restores_a_cache(github_expressions: Expressions) -> None:
    privileged = [file for file in WORKFLOWS.glob("*.yml") if file.name != "ci.yml"]
    for file in (*privileged, ROOT / ".github/actions/setup/action.yml"):
        document = github_expressions.read(file)
        places = document["jobs"].values() if "jobs" in document else [document["runs"]]
        for step in (step for place in places for step in place["steps"]):
            assert not step.get("uses", "").startswith("actions/cache"), file.name
            assert not [name for name in step.get("with", {}) if "cache" in name], file.name


@pytest.fixture
def one_wheel(tmp_path: Path) -> tuple[Path, Path]:
    """The tool with a lock that names one wheel, and the folder where that wheel is found."""
    tool, wheels = tmp_path / "tool", tmp_path / "wheels"
    wheels.mkdir()
    copy_tool(tool)
    wheel = _write_wheel(wheels, "harmless = True\n")
    (tool / ".github/actions/setup/requirements.lock").write_text(
        f"colleague==1.0 \\\n    --hash=sha256:{sha256(wheel.read_bytes()).hexdigest()}\n",
        encoding="utf-8",
    )
    return tool, wheels


def test_what_the_lock_names_is_installed_and_no_cache_of_pip_is_touched(
    one_wheel: tuple[Path, Path], tmp_path: Path
) -> None:
    done = _set_up(*one_wheel, tmp_path)

    assert done.returncode == 0, done.stderr
    (module,) = (tmp_path / "place").rglob("colleague.py")
    assert module.read_text(encoding="utf-8") == "harmless = True\n"
    assert not (tmp_path / "cache").exists()


def test_a_wheel_that_was_tampered_with_is_refused_and_nothing_of_it_runs(
    one_wheel: tuple[Path, Path], tmp_path: Path
) -> None:
    tool, wheels = one_wheel
    _write_wheel(wheels, f"open({str(tmp_path / 'ran')!r}, 'w')\n")

    done = _set_up(tool, wheels, tmp_path)

    assert done.returncode == 1
    assert "DO NOT MATCH THE HASHES" in done.stderr
    assert not list((tmp_path / "place").rglob("colleague*"))
    assert not (tmp_path / "place/bin/contributor-backfill").exists()
    assert not (tmp_path / "ran").exists()


def _write_wheel(folder: Path, source: str) -> Path:
    """Write a wheel whose module runs at each start of Python, where it is installed."""
    wheel = folder / "colleague-1.0-py3-none-any.whl"
    about = "colleague-1.0.dist-info"
    with ZipFile(wheel, "w") as archive:
        for name, text in {
            "colleague.py": source,
            "colleague.pth": "import colleague\n",
            f"{about}/METADATA": "Metadata-Version: 2.1\nName: colleague\nVersion: 1.0\n",
            f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{about}/RECORD": "",
        }.items():
            archive.writestr(name, text)
    return wheel


def _set_up(tool: Path, wheels: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [tool / "scripts" / "setup-runner", tmp_path / "place"],
        env={
            "PATH": f"{PYTHON}:{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "PIP_CACHE_DIR": str(tmp_path / "cache"),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(wheels),
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.usefixtures("tracked")
def test_an_apps_token_takes_the_place_of_the_workflows_own(run: Run) -> None:
    without = run("capture-pr-chunk.yml", inputs={"dry_run": True}).only("capture")
    with_app = run("capture-pr-chunk.yml", inputs={"dry_run": True}, **APP).only("capture")

    for job, token, minutes in ((without, "ghs_capture", ""), (with_app, APP_TOKEN, "55")):
        environment = job.step("Capture").environment
        assert environment["GITHUB_TOKEN"] == token
        assert environment["CONTRIBUTOR_BACKFILL_TOKEN_MINUTES"] == minutes


@pytest.mark.usefixtures("tracked")
def test_secrets_are_seen_by_the_command_alone(run: Run) -> None:
    job = run("capture-pr-chunk.yml", inputs={"dry_run": True}, **APP).only("capture")

    *before, command = job.steps
    assert command.environment["DATABASE_URL"]
    for step in before:
        assert not step.environment.keys() & {"DATABASE_URL", "SUPABASE_SERVICE_KEY"}
        assert "PRIVATE KEY" not in "".join(step.environment.values())
    assert "PRIVATE KEY" not in "".join(command.environment.values())
