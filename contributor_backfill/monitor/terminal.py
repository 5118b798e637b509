"""Tables on a terminal, and the same as plain text where there is none."""

from collections.abc import Iterable, Sequence
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from contributor_backfill.monitor.standing import Standing
from contributor_backfill.monitor.wording import at

PIPE_WIDTH = 400
"""Wide enough that nothing is cut where the output is not a terminal."""


def console(file: TextIO) -> Console:
    """Return a console on a stream; NO_COLOR is honoured."""
    width = None if file.isatty() else PIPE_WIDTH
    return Console(file=file, highlight=False, width=width, soft_wrap=False)


def print_standings(out: Console, standings: Sequence[Standing]) -> None:
    """Print the status table, then whatever went wrong, one line each."""
    table = _table("repository", ">stored", ">GitHub", ">%", ">per hour", "done", "state", "next")
    for s in standings:
        table.add_row(
            s.full_name,
            f"{s.stored:,}",
            f"{s.total:,}",
            f"{s.percentage}",
            f"{s.hourly_rate:,.0f}" if s.hourly_rate else "-",
            _done(s),
            s.state,
            _next(s),
        )
    out.print(table)
    for s in standings:
        for line in troubles(s):
            out.print(Text(f"{s.full_name}: {line}"))


def troubles(s: Standing) -> Iterable[str]:
    """Say what a user should know of a repository beyond its line in the table."""
    if s.last_error and s.state != "completed":
        yield f"last error at {at(s.last_error_at)}: {s.last_error}"
    if s.rejects:
        yield f"{s.rejects:,} rows could not be stored whole; see the table backfill_rejects"
    if s.continuations:
        yield f"{s.continuations:,} lists are longer than their page and wait to be read on"
    if s.served_by:
        yield f"being captured by {s.served_by}"


def print_checks(out: Console, rows: Iterable[tuple[str, str, str, str]]) -> None:
    """Print what a checkup found: verdict, name, what was found, what to do."""
    table = _table("", "check", "found", "next step")
    for row in rows:
        table.add_row(*row)
    out.print(table)


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        right = column.startswith(">")
        table.add_column(column.lstrip(">"), justify="right" if right else "left", overflow="fold")
    return table


def _done(s: Standing) -> str:
    if s.state == "active":
        return at(s.finished_at)
    return "-"


def _next(s: Standing) -> str:
    if s.state in {"completed", "tracked", "failed"}:
        return "-"
    if s.state == "paused" and s.next_attempt_at is None:
        return "when resumed by hand"
    if s.next_attempt_at is None:
        return "next run"
    return f"{at(s.next_attempt_at)} ({s.next_attempt_reason or 'after errors'})"
