"""GitHub's Markdown: what strangers wrote as mere text, and the panels for a job's summary."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from contributor_backfill.domain.redaction import on_one_line
from contributor_backfill.reports.wording import at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from contributor_backfill.reports.model import Column, Figure, Panel, Table
    from contributor_backfill.reports.snapshot import Snapshot

LONGEST = 900_000
"""Bytes of a job's summary, which the runner refuses above a mebibyte."""
SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&])")
ROWS = 25
MARKS = {None: "", "good": "🟢 ", "watch": "🟡 ", "act": "🔴 "}


def plain(text: str) -> str:
    """Return a text that GitHub shows as it is: no markup, no link, no mention, one line.

    A zero-width space after `@` keeps GitHub from notifying anybody.
    """
    one_line = " ".join(on_one_line(text).split())
    return SPECIAL.sub(r"\\\1", one_line).replace("@", "@\u200b")


def code(text: str) -> str:
    """Return a text as GitHub shows code, on one line, with whatever is in it as it is."""
    # A backquote would end the code, and an "@" in front of a name notifies somebody.
    one_line = " ".join(on_one_line(text).split()).replace("`", "'")
    return f"`{one_line}`".replace("@", "@\u200b")


def snapshot_summary(snapshot: Snapshot) -> str:
    """Return every panel, no longer than the runner takes."""
    from contributor_backfill.reports.panels import panels  # noqa: PLC0415  # every start needs `plain` alone

    lines = [f"As of {plain(at(snapshot.taken_at))}; all times are UTC.", ""]
    for panel in panels(snapshot):
        lines += _panel(panel)
    # The limit is of bytes, and may fall into the middle of a character.
    return "\n".join(lines).encode()[:LONGEST].decode(errors="ignore")


def _panel(panel: Panel) -> Iterator[str]:
    yield from (f"### {plain(panel.title)}", "", plain(panel.lead), "")
    for figure in panel.figures:
        yield f"- {_figure(figure)}"
    if panel.figures:
        yield ""
    for table in (*(chart.table for chart in panel.charts), *panel.tables):
        if table.rows:
            yield from _table(table.cut(ROWS))
    for note in panel.notes:
        yield f"- {plain(note)}"
    # A command is ours but for the repository's name, in which GitHub allows no backquote.
    sources = ", ".join(f"`{source.replace('`', '')}`" for source in panel.sources)
    yield from ("", f"More: {sources}", "")


def _figure(figure: Figure) -> str:
    note = f" ({plain(figure.note)})" if figure.note else ""
    return f"{MARKS[figure.state]}{plain(figure.label)}: **{plain(figure.value)}**{note}"


def _table(table: Table) -> Iterator[str]:
    yield from (f"{plain(table.caption)}:", "")
    yield _row([column.name for column in table.columns])
    yield _rule(table.columns)
    for row in table.rows:
        yield _row([cell.text for cell in row])
    yield ""
    if table.left_out:
        yield from (f"and {table.left_out:,} more", "")


def _rule(columns: Sequence[Column]) -> str:
    return f"| {' | '.join('---:' if column.is_number else '---' for column in columns)} |"


def _row(texts: Sequence[str]) -> str:
    return f"| {' | '.join(map(plain, texts))} |"
