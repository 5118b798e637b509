"""Stand-ins for the actions that others wrote: what they would do to the machine, and say."""

import os
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.workflows.machine import PYTHON, Machine

Outputs = dict[str, str]
APP_TOKEN = "ghs_app.token"
PAGES = "github-pages"
"""The artifact that GitHub Pages takes, if none is named."""


@dataclass
class StandIns:
    """What actions/* and others do here. `caches` are the keys that were asked for.

    With `cached` the environment was installed before, by a job on another machine. `kept` are the
    files of each artifact by name, `published` those of GitHub Pages.
    """

    cached: bool = True
    caches: list[str] = field(default_factory=list)
    kept: dict[str, dict[str, bytes]] = field(default_factory=dict)
    published: dict[str, bytes] | None = None

    def run(self, action: str, inputs: Mapping[str, str], machine: Machine) -> Outputs:
        """Do what an action does. A name without a stand-in is a KeyError."""
        does: dict[str, Callable[[Mapping[str, str], Machine], Outputs]] = {
            "actions/setup-python": _setup_python,
            "actions/cache": self._cache,
            "actions/create-github-app-token": _create_app_token,
            "actions/upload-artifact": self._upload,
            "actions/upload-pages-artifact": self._upload,
            "actions/deploy-pages": self._publish,
        }
        return does[action](inputs, machine)

    def _upload(self, inputs: Mapping[str, str], machine: Machine) -> Outputs:
        folder = machine.workspace / inputs["path"]
        files = {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*.*")}
        assert files, f"{folder} is empty"
        self.kept[inputs.get("name", PAGES)] = files
        return {}

    def _publish(self, _inputs: Mapping[str, str], _machine: Machine) -> Outputs:
        self.published = self.kept[PAGES]
        return {"page_url": "https://me.github.io/site/"}

    def _cache(self, inputs: Mapping[str, str], _machine: Machine) -> Outputs:
        self.caches.append(inputs["key"])
        if self.cached:
            _restore_environment(Path(inputs["path"]))
        return {"cache-hit": str(self.cached).lower()}


def _setup_python(inputs: Mapping[str, str], machine: Machine) -> Outputs:
    assert inputs["python-version"]
    machine.paths.insert(0, str(PYTHON))
    return {"python-version": platform.python_version()}


def _create_app_token(inputs: Mapping[str, str], _machine: Machine) -> Outputs:
    assert inputs["client-id"]
    assert inputs["private-key"]
    return {"token": APP_TOKEN}


def _restore_environment(place: Path) -> None:
    """Lay out what `scripts/setup` leaves behind, over the packages that these tests run with."""
    tool = place.parent.resolve()
    library = place / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    library.mkdir(parents=True)
    (place / "bin").mkdir()
    (place / "bin" / "python").symlink_to(PYTHON / "python3")
    (place / "pyvenv.cfg").write_text(f"home = {PYTHON}\n", encoding="utf-8")
    ours = next(each for each in sys.path if each.endswith("site-packages"))
    (library / "tool.pth").write_text(f"{tool}\n{ours}\n", encoding="utf-8")
    program = place / "bin" / "contributor-backfill"
    start = "from contributor_backfill.cli.main import main\nmain()\n"
    program.write_text(f"#!{place}/bin/python\n{start}", encoding="utf-8")
    program.chmod(0o755)
    lock = ".github/actions/setup/requirements.lock"
    checksum = subprocess.run(
        f"cat {lock} pyproject.toml | cksum",
        shell=True,
        cwd=tool,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout.strip()
    (place / "setup-stamp").write_text(f"{checksum} {os.path.realpath(tool)}\n", encoding="utf-8")
