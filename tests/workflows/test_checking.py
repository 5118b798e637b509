"""`scripts/check-workflows` lets nothing through that one of its checkers knows."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.surroundings import fetching
from tests.workflows.settings import ROOT

CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"
PLANTED = [
    (
        "workflows/capture-pr-chunk.yml",
        "timeout-minutes: 20",
        "timeout-minuets: 20",
        "timeout-minuets",
    ),
    (
        "workflows/capture-pr-chunk.yml",
        "inputs.chunk_size ||",
        "inputs.chunk_siez ||",
        "chunk_siez",
    ),
    (
        "workflows/capture-pr-reviews.yml",
        "exec contributor-backfill",
        "exec ${{ inputs.repository }}",
        "template-injection",
    ),
    ("workflows/ci.yml", CHECKOUT, "actions/checkout@v7", "unpinned-uses"),
    ("actions/setup/action.yml", "using: composite", "using: composit", "composit"),
]


@pytest.mark.usefixtures("tools")
def test_every_mistake_is_found_at_once(tmp_path: Path) -> None:
    folder = tmp_path / ".github"
    shutil.copytree(ROOT / ".github", folder)
    for file, right, wrong, _ in PLANTED:
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

    assert done.returncode == 1
    assert {complaint for *_, complaint in PLANTED if complaint not in done.stdout} == set()
