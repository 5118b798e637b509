"""This repository as GitHub packs it: what git keeps and nothing else."""

import shutil
import subprocess
from pathlib import Path

from tests.workflows.settings import ROOT


def copy_tool(place: Path) -> None:
    """Copy what a commit of the present state would hold, less the tests."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(
        [*listed, ":!tests"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    for name in filter(None, names.split("\0")):
        source, target = ROOT / name, place / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
