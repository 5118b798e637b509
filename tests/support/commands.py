"""The installed command line as a user runs it: another process, an environment, an exit code."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from contributor_backfill.sandbox import Sandbox
from tests.support.databases import Database

PROGRAM = Path(sys.executable).with_name("contributor-backfill")
OURS = ("GITHUB_", "SUPABASE_", "VITE_SUPABASE_", "DATABASE_URL", "CONTRIBUTOR_BACKFILL_")


def variables_for(sandbox: Sandbox, database: Database, token: str = "any") -> dict[str, str]:
    """Return the settings for a sandbox and a direct connection to a database."""
    return {
        "GITHUB_TOKEN": token,
        "GITHUB_GRAPHQL_URL": sandbox.graphql_url,
        "GITHUB_API_URL": sandbox.url,
        "DATABASE_URL": database.conninfo,
    }


@dataclass(frozen=True)
class Commands:
    """Run commands with these variables, and none of the same kind from outside."""

    variables: Mapping[str, str]
    directory: Path

    @property
    def environment(self) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
        return {**inherited, "NO_COLOR": "1", **self.variables}

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
        """Run a command to its end."""
        process = self.start(*arguments)
        output, talk = process.communicate(timeout=600)
        return subprocess.CompletedProcess(arguments, process.returncode, output, talk)
