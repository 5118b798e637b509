"""The static page that `monitor --html` writes: one file that needs no server and no network."""

from pathlib import Path

from contributor_backfill.domain.redaction import redacted
from contributor_backfill.reports.html.panels.backfills import backfills
from contributor_backfill.reports.html.panels.captures import captures
from contributor_backfill.reports.html.panels.costs import costs
from contributor_backfill.reports.html.panels.data import data
from contributor_backfill.reports.html.panels.observability import observability
from contributor_backfill.reports.html.panels.processors import processors
from contributor_backfill.reports.html.panels.quota import quota
from contributor_backfill.reports.html.panels.repositories import repositories
from contributor_backfill.reports.html.panels.runs import runs
from contributor_backfill.reports.html.writing import Page, render
from contributor_backfill.reports.snapshot import Snapshot
from contributor_backfill.reports.wording import plural


def write_page(snapshot: Snapshot, directory: Path) -> Path:
    """Write the page into a directory, which is made when it is missing, and return its file.

    Raises `OSError` where that cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / "index.html"
    file.write_text(redacted(render(page(snapshot))), encoding="utf-8")
    return file


def page(snapshot: Snapshot) -> Page:
    """Return what the page says of a snapshot."""
    now = snapshot.taken_at
    panels = (
        backfills(snapshot.backfills),
        captures(snapshot.captures),
        quota(snapshot.quota, now),
        runs(snapshot.runs, now),
        observability(snapshot.runs),
        processors(snapshot.routing),
        costs(snapshot.cost),
        data(snapshot.data),
    )
    return Page(now, _lead(snapshot), panels, repositories(snapshot.backfills, now))


def _lead(snapshot: Snapshot) -> str:
    count = len(snapshot.backfills.repositories)
    tracked = f"{count:,} repositories are" if count != 1 else "1 repository is"
    runs_open = sum(each.running for each in snapshot.runs.commands)
    return f"{tracked} tracked; {plural(runs_open, 'run')} under way."
