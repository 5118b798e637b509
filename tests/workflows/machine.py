"""The machine that a job runs on: its folders, its environment, and how it starts a script."""

import platform
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.workflows.files import StepFiles
from tests.workflows.settings import SHA, TOOL, Setting
from tests.workflows.tool_copy import copy_tool

SHELLS = {
    "": ("bash", "-e"),
    "bash": ("bash", "--noprofile", "--norc", "-eo", "pipefail"),
}
"""The programs that the runner starts for each value of `shell:`.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
"""
PYTHON = Path(sys.base_prefix, "bin")
TIME_LIMIT_SECONDS = 600


@dataclass(frozen=True)
class Ended:
    """The end of a script."""

    exit_code: int
    text: str
    files: StepFiles


@dataclass
class Machine:
    """A fresh machine for one job. `watch` is called with each entry process and its script."""

    directory: Path
    setting: Setting
    job: str
    watch: Callable[[subprocess.Popen[bytes], str], None] = lambda _process, _script: None
    environment: dict[str, str] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        for folder in (self.home, self.temp, self.workspace, self.directory / "steps"):
            folder.mkdir(parents=True)

    @property
    def home(self) -> Path:
        """The home of the account that steps run under."""
        return self.directory / "home"

    @property
    def temp(self) -> Path:
        """The folder that `RUNNER_TEMP` names."""
        return self.directory / "_temp"

    @property
    def workspace(self) -> Path:
        """Where steps begin; empty, because nothing is checked out."""
        return self.directory / "site" / "site"

    @property
    def runner(self) -> dict[str, str]:
        """The context `runner`."""
        arch = {"x86_64": "X64", "aarch64": "ARM64"}[platform.machine()]
        return {"os": "Linux", "arch": arch, "temp": str(self.temp), "name": "GitHub Actions 12"}

    def download(self) -> Path:
        """Return where the runner puts the repository of the workflow, for `$/`."""
        place = self.directory / "_actions" / TOOL / SHA
        if not place.exists():
            copy_tool(place)
        return place

    def run(self, script: str, shell: str, environment: Mapping[str, str]) -> Ended:
        """Run a script as the runner does, and take in what it leaves in its files."""
        number = next(self._numbers)
        files = StepFiles(self.directory / "steps" / str(number))
        file, told = self.temp / f"{number}.sh", self.temp / f"{number}.txt"
        file.write_text(script, encoding="utf-8")
        variables = {**self._base(), **self.environment, **environment, **files.variables}
        with (
            told.open("wb") as output,
            subprocess.Popen(
                [*SHELLS[shell], file],
                cwd=self.workspace,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            ) as process,
        ):
            self.watch(process, script)
            process.wait(TIME_LIMIT_SECONDS)
        self.environment |= files.environment()
        self.paths = [*reversed(files.paths()), *self.paths]
        return Ended(process.returncode, told.read_text(encoding="utf-8"), files)

    def _base(self) -> dict[str, str]:
        """Return the variables that every step has, and none of this test's own."""
        github = self.setting.github
        named = {f"GITHUB_{k.upper()}": v for k, v in github.items() if isinstance(v, str)}
        return {
            "CI": "true",
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "PATH": ":".join([*self.paths, "/usr/local/bin", "/usr/bin", "/bin"]),
            **named,
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_PATH": str(self.setting.write_event(self.temp)),
            "GITHUB_JOB": self.job,
            "GITHUB_WORKSPACE": str(self.workspace),
            **{f"RUNNER_{name.upper()}": value for name, value in self.runner.items()},
        }
