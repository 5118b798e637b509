"""The installed command line as a user runs it: another process, an environment, an exit code."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from contributor_backfill.sandbox import Sandbox
from tests.support import warm
from tests.support.databases import Database
from tests.support.schema import VARIABLES
from tests.support.surroundings import PINNED

PROGRAM = Path(sys.executable).with_name("contributor-backfill")
OURS = ("GITHUB_", "SUPABASE_", "VITE_SUPABASE_", "DATABASE_URL", "CONTRIBUTOR_BACKFILL_")


def _for_python(variables: Mapping[str, str]) -> dict[str, str]:
    """Return what Python reads as it starts."""
    return {k: v for k, v in variables.items() if k.startswith(("PYTHON", "LC_", "LANG"))}


FOR_PYTHON = _for_python({**os.environ, **PINNED})


def variables_for(sandbox: Sandbox, database: Database, token: str = "any") -> dict[str, str]:
    """Return the settings for a sandbox and a direct connection to a database."""
    return {
        "GITHUB_TOKEN": token,
        "GITHUB_GRAPHQL_URL": sandbox.graphql_url,
        "GITHUB_API_URL": sandbox.url,
        "DATABASE_URL": database.conninfo,
        **VARIABLES,
    }


@dataclass(frozen=True)
class Commands:
    """Run commands with these variables, and none of the same kind from outside."""

    variables: Mapping[str, str]
    directory: Path

    @property
    def environment(self) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
        return {**inherited, "NO_COLOR": "1", **VARIABLES, **self.variables}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command and return its process."""
        return subprocess.Popen(
            [PROGRAM, *arguments],
            env=self.environment,
            cwd=self.directory,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, without the price of its imports."""
        if _for_python(self.environment) != FOR_PYTHON:
            process = self.start(*arguments)
            output, talk = process.communicate(timeout=warm.LONGEST_SECONDS)
            return subprocess.CompletedProcess(arguments, process.returncode, output, talk)
        return warm.run(PROGRAM, arguments, self.environment, self.directory)
