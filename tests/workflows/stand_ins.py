"""Stand-ins for the actions that others wrote: what they would do to the machine, and say."""

import platform
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
    """The effects of actions/* and others here.

    Without `installs` pip lays out the packages that these tests run with. `kept` are the files of
    each artifact by name, `published` those of GitHub Pages.
    """

    installs: bool = False
    kept: dict[str, dict[str, bytes]] = field(default_factory=dict)
    published: dict[str, bytes] | None = None

    def run(self, action: str, inputs: Mapping[str, str], machine: Machine) -> Outputs:
        """Do what an action does. A name without a stand-in is a KeyError."""
        does: dict[str, Callable[[Mapping[str, str], Machine], Outputs]] = {
            "actions/setup-python": self._setup_python,
            "actions/create-github-app-token": _create_app_token,
            "actions/upload-artifact": self._upload,
            "actions/upload-pages-artifact": self._upload,
            "actions/deploy-pages": self._publish,
        }
        return does[action](inputs, machine)

    def _upload(self, inputs: Mapping[str, str], machine: Machine) -> Outputs:
        folder = machine.workspace / inputs["path"]
        files = {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*.*")}
        assert files, f"{folder} is empty"
        self.kept[inputs.get("name", PAGES)] = files
        return {}

    def _publish(self, _inputs: Mapping[str, str], _machine: Machine) -> Outputs:
        self.published = self.kept[PAGES]
        return {"page_url": "https://me.github.io/site/"}

    def _setup_python(self, inputs: Mapping[str, str], machine: Machine) -> Outputs:
        assert inputs["python-version"]
        machine.paths.insert(0, str(PYTHON))
        if not self.installs:
            machine.paths.insert(0, str(_python_without_registry(machine.directory / "python")))
        return {"python-version": platform.python_version()}


def _create_app_token(inputs: Mapping[str, str], _machine: Machine) -> Outputs:
    assert inputs["client-id"]
    assert inputs["private-key"]
    return {"token": APP_TOKEN}


def _python_without_registry(folder: Path) -> Path:
    """Make a folder with a python3 whose pip installs what these tests run with, at once."""
    ours = next(path for path in sys.path if path.endswith("site-packages"))
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    folder.mkdir()
    program = folder / "python3"
    program.write_text(
        f"""#!/bin/sh
case "$*" in
"-I -m pip --python "*) echo "{ours}" >"${{5%/bin/python}}/lib/{version}/site-packages/ours.pth" ;;
*) exec "{PYTHON}/python3" "$@" ;;
esac
""",
        encoding="utf-8",
    )
    program.chmod(0o755)
    return folder
