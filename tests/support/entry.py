"""The command line in this process: as `main` runs it, without the price of a new process."""

import io
import os
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO
from unittest import mock

import pytest

from contributor_backfill.cli.main import main


@dataclass(frozen=True)
class Done:
    """The end of a command: its exit code and all that it wrote."""

    exit_code: int
    output: str
    talk: str


def run_here(
    environment: Mapping[str, str],
    directory: Path,
    *arguments: str,
    terminal: TextIO | None = None,
) -> Done:
    """Run a command to its end, with these variables and no others; it may write to a terminal."""
    output, talk = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        mock.patch("sys.argv", ["contributor-backfill", *arguments]),
        # The handlers are the process's, and this process has its own.
        mock.patch("contributor_backfill.cli.main.signal.signal"),
        chdir(directory),
        redirect_stdout(terminal or output),
        redirect_stderr(terminal or talk),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    return Done(int(ended.value.code or 0), output.getvalue(), talk.getvalue())
