"""The static page that `monitor --html` writes: one file that needs no server and no network."""

from pathlib import Path

from contributor_backfill.domain.redaction import redacted
from contributor_backfill.reports.html.page import page, render
from contributor_backfill.reports.snapshot import Snapshot


def write_page(snapshot: Snapshot, directory: Path) -> Path:
    """Write the page into a directory, which is made when it is missing, and return its file.

    Raises `OSError` where that cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / "index.html"
    file.write_text(redacted(render(page(snapshot))), encoding="utf-8")
    return file
