"""The snapshot in Markdown, for the summary of a job."""

from collections.abc import Iterator, Sequence

from contributor_backfill.reports.markdown import LONGEST, plain
from contributor_backfill.reports.sections import sections
from contributor_backfill.reports.sections.parts import Grid, Section
from contributor_backfill.reports.snapshot import Snapshot
from contributor_backfill.reports.wording import at

ROWS = 25


def snapshot_summary(snapshot: Snapshot) -> str:
    """Return every panel in GitHub's Markdown, no longer than the runner takes."""
    lines = [f"As of {plain(at(snapshot.taken_at))}; all times are UTC.", ""]
    for section in sections(snapshot, ROWS):
        lines += _section(section)
    return "\n".join(lines).encode()[:LONGEST].decode(errors="ignore")


def _section(section: Section) -> Iterator[str]:
    yield from (f"### {plain(section.title)}", "", plain(section.lead), "")
    for grid in section.grids:
        yield from _table(grid)
    for note in filter(None, section.notes):
        yield f"- {plain(note)}"
    # A command is ours but for the repository's name, in which GitHub allows no backquote.
    yield from ("", f"More: `{section.source.replace('`', '')}`", "")


def _table(grid: Grid) -> Iterator[str]:
    yield _row([column.name for column in grid.columns])
    yield _row(["---:" if column.is_number else "---" for column in grid.columns], escaped=True)
    for row in grid.rows:
        yield _row(row)
    yield ""
    if grid.left_out:
        yield from (f"and {grid.left_out:,} more", "")


def _row(cells: Sequence[str], *, escaped: bool = False) -> str:
    return f"| {' | '.join(cells if escaped else map(plain, cells))} |"
