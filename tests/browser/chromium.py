"""A Chromium that is installed already, driven by way of Node.js (see browser.mjs)."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

SCRIPT = Path(__file__).with_name("browser.mjs")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
Scheme = Literal["light", "dark"]


@dataclass(frozen=True)
class Barrier:
    """Something that axe-core found: its rule, how bad it is, and where."""

    rule: str
    impact: str
    help: str
    targets: tuple[str, ...]


class Browser:
    """Ask the process that has the browser. It shows one page at a time."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def open(
        self,
        file: Path,
        *,
        width: int = 1280,
        height: int = 900,
        scheme: Scheme = "light",
        javascript: bool = True,
    ) -> None:
        """Open a file as a person would by a double click."""
        self._ask(
            "open",
            url=file.as_uri(),
            width=width,
            height=height,
            scheme=scheme,
            javascript=javascript,
        )

    @property
    def errors(self) -> list[str]:
        """Return the messages of the console, warnings too, and of dialogs."""
        found: list[str] = self._ask("told")["errors"]
        return found

    @property
    def requests(self) -> list[str]:
        """Every address that was asked for, also where a policy then forbade it."""
        found: list[str] = self._ask("told")["requests"]
        return found

    def evaluate(self, expression: str) -> Any:
        """Return what an expression of JavaScript is worth in the page."""
        return self._ask("evaluate", expression=expression)

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self._ask("press", key=key)

    def type(self, text: str) -> None:
        """Type a text where the focus is."""
        self._ask("type", text=text)

    def text(self, selector: str) -> str:
        """Return what a person sees of an element, also without JavaScript in the page."""
        return str(self._ask("text", selector=selector))

    def barriers(self) -> list[Barrier]:
        """Return what axe-core finds, of every weight."""
        return [
            Barrier(barrier["id"], barrier["impact"], barrier["help"], tuple(barrier["targets"]))
            for barrier in self._ask("barriers")
        ]

    def screenshot(self, file: Path, *, whole: bool = True) -> Path:
        """Write what the page looks like as a PNG."""
        self._ask("screenshot", path=str(file), whole=whole)
        return file

    def _ask(self, ask: str, **given: object) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"ask": ask, **given}) + "\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        if "error" in told:
            raise ValueError(f"{ask} {given}: {told['error']}")
        return told["answer"]


def program() -> str | None:
    """Return the Chromium or Chrome of this machine, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def started(tools: Path, found: str) -> Iterator[Browser]:
    """Start the browser once, for any number of pages."""
    with subprocess.Popen(
        [tools / "node", SCRIPT, tools, found],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Browser(process)
        assert process.stdin is not None
        process.stdin.close()
