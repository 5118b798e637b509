"""`scripts/check-workflows` lets nothing through that one of its checkers knows."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.surroundings import fetching
from tests.workflows.settings import ROOT

CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"
CHUNK = "workflows/capture-pr-chunk.yml"
PLANTED = [
    (CHUNK, "timeout-minutes: 20", "timeout-minuets: 20", "timeout-minuets"),
    (CHUNK, "inputs.chunk_size ||", "inputs.chunk_siez ||", "chunk_siez"),
    (CHUNK, "exec contributor-backfill", "exec ${{ inputs.repository }}", "template-injection"),
    ("workflows/ci.yml", CHECKOUT, "actions/checkout@v7", "unpinned-uses"),
    ("actions/setup/action.yml", "using: composite", "using: composit", "composit"),
]


@pytest.mark.usefixtures("tools")
@pytest.mark.parametrize(("file", "right", "wrong", "complaint"), PLANTED)
def test_a_mistake_is_found(
    tmp_path: Path, file: str, right: str, wrong: str, complaint: str
) -> None:
    folder = tmp_path / ".github"
    shutil.copytree(ROOT / ".github", folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert right in text
    (folder / file).write_text(text.replace(right, wrong), encoding="utf-8")

    done = subprocess.run(
        [ROOT / "scripts" / "check-workflows", folder],
        env=fetching(),
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

    assert done.returncode != 0
    assert complaint in done.stdout
