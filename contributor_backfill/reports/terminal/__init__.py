"""Tables on a terminal, and the same as plain text where there is none."""

from collections.abc import Callable, Iterable
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from contributor_backfill.domain.redaction import shown
from contributor_backfill.reports.wording import plural

PIPE_WIDTH = 400
"""Wide enough that nothing is cut where the output is not a terminal."""


def console(file: TextIO) -> Console:
    """Return a console on a stream; NO_COLOR is honoured, and brackets are no markup."""
    width = None if file.isatty() else PIPE_WIDTH
    return Console(
        file=file, highlight=False, markup=False, emoji=False, width=width, soft_wrap=False
    )


def cell(text: object) -> Text:
    """Return a text for a table or a line; none of it is markup, whoever wrote it.

    Secrets go before the layout: it may break a line in the middle of one.
    """
    return Text(shown(text))


def watch(out: Console, look: Callable[[], str], wait: Callable[[], None]) -> None:
    """Show a text that fills the terminal at most, and say how many lines are below it.

    `look` makes it anew after each wait, until that is interrupted.
    """
    with Live(console=out, screen=True, auto_refresh=False) as live:
        while True:
            lines = look().rstrip("\n").split("\n")
            # The screen does not scroll while it is drawn anew.
            if len(lines) > out.height:
                below = len(lines) - out.height + 1
                lines = [*lines[: out.height - 1], f"… {plural(below, 'line')} below"]
            live.update(Text.from_ansi("\n".join(lines), no_wrap=True), refresh=True)
            wait()


def print_checks(out: Console, rows: Iterable[tuple[str, str, str, str]]) -> None:
    """Print what a checkup found: verdict, name, what was found, what to do."""
    checks = table("", "check", "found", "next step")
    for row in rows:
        checks.add_row(*map(cell, row))
    out.print(checks)


def table(*columns: str) -> Table:
    """Return a table without lines; a column that begins with ">" holds numbers."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        right = column.startswith(">")
        made.add_column(column.lstrip(">"), justify="right" if right else "left", overflow="fold")
    return made
