"""Progress while a run works: a bar on a terminal, plain lines anywhere else."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

from contributor_backfill.cli.output import echo, hint
from contributor_backfill.cli.session import is_quiet
from contributor_backfill.domain.redaction import shown
from contributor_backfill.domain.sources import SourceName
from contributor_backfill.reports.wording import at, duration, plural

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from contributor_backfill.capture.report import Progress, Turn

SECONDS_BETWEEN_LINES = 5.0
SOURCES = {
    SourceName.BACKFILL: "{}",
    SourceName.CONNECTIONS: "{}: lists that did not fit their page",
    SourceName.SYNC: "{}: pull requests changed since the last sync",
    SourceName.REVIEW_COMMENTS: "{}: review comments",
    SourceName.RECONCILIATION: "{}: comparing with GitHub",
    SourceName.REFRESH: "{}: reading old pull requests again",
    SourceName.REVIEW_COMMENT_REFRESH: "{}: reading old review comments again",
}


@contextmanager
def watching(stream: TextIO) -> Iterator["Progress"]:
    """Show progress on a stream."""
    # GitHub may take a while for the first page: something is said before.
    hint("Looking for what is due.")
    if not stream.isatty() or is_quiet():
        yield Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[counted]}", markup=False),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(file=stream, markup=False, emoji=False)) as bars:
        yield BarsOnTerminal(bars)


class BarsOnTerminal:
    """A bar for each repository."""

    def __init__(self, bars: "Bars") -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def turn_begins(self, turn: "Turn") -> None:
        """Add or reset the bar; of rows, nobody knows how many there will be."""
        name = _name(turn)
        if name not in self._tasks:
            # GitHub says how many pull requests there are, and of nothing else how much will come.
            total = turn.total if turn.source is SourceName.BACKFILL else None
            self._tasks[name] = self._bars.add_task(shown(name), total=total, counted="")
        if turn.source is SourceName.BACKFILL:
            self._move(turn)

    def committed(self, turn: "Turn", rejected: int) -> None:
        """Move the bar."""
        self._move(turn)
        if rejected and turn.source is not SourceName.BACKFILL:
            self._print(_rejected(turn, rejected))

    def waits(self, until: datetime, reason: str) -> None:
        """Print why nothing moves."""
        self._print(_waiting(until, reason))

    def _move(self, turn: "Turn") -> None:
        task, counted = self._tasks[_name(turn)], _counted(turn)
        if turn.source is SourceName.BACKFILL:
            self._bars.update(task, total=turn.total, completed=turn.stored, counted=counted)
        else:
            self._bars.update(task, completed=turn.rows, counted=counted)

    def _print(self, text: str) -> None:
        self._bars.console.print(shown(text), highlight=False)


class Pace:
    """Tell when it is time for another line: at the first question, and then every few seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last = -math.inf

    def is_due(self) -> bool:
        """Tell whether a line is due, which then counts as written."""
        now = time.monotonic()
        if now - self._last < self._seconds:
            return False
        self._last = now
        return True


class Lines:
    """A line now and then."""

    def __init__(self) -> None:
        self._pace = Pace(SECONDS_BETWEEN_LINES)

    def turn_begins(self, turn: "Turn") -> None:
        """Say what is next."""
        hint(_standing(turn) if turn.source is SourceName.BACKFILL else _name(turn))

    def committed(self, turn: "Turn", rejected: int) -> None:
        """Say how far it is, every few seconds."""
        if self._pace.is_due():
            hint(_standing(turn))
        if rejected:
            echo(_rejected(turn, rejected), err=True)

    def waits(self, until: datetime, reason: str) -> None:
        """Say why nothing moves."""
        hint(_waiting(until, reason))


def _name(turn: "Turn") -> str:
    return SOURCES[turn.source].format(turn.repository.full_name)


def _standing(turn: "Turn") -> str:
    if turn.source is SourceName.BACKFILL:
        return f"{_name(turn)}: {turn.stored:,} of {turn.total:,} stored"
    return f"{_name(turn)}: {_counted(turn)}"


def _counted(turn: "Turn") -> str:
    if turn.source is SourceName.BACKFILL:
        return f"{turn.stored:,} of {plural(turn.total, 'pull request')} stored"
    return f"{plural(turn.rows, 'row')} read"


def _rejected(turn: "Turn", rejected: int) -> str:
    rows = plural(rejected, "row")
    return f"{turn.repository.full_name}: {rows} could not be stored; see `status`"


def _waiting(until: datetime, reason: str) -> str:
    return f"waiting {duration(until - datetime.now(UTC))}, until {at(until)}: {reason}"
