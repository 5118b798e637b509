"""The Actions runner: annotations. Silent anywhere else."""

import os
import sys


def annotate_error(message: str) -> None:
    """Make the runner show a message on the run's page."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        # A workflow command is one line: the runner wants these three escaped.
        text = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
        sys.stderr.write(f"::error title=contributor-backfill::{text}\n")
