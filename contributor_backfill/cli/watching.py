"""Progress while a run works: a bar on a terminal, plain lines anywhere else."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

import click

from contributor_backfill.domain.types import Committed, Walk
from contributor_backfill.monitor.wording import at, duration, plural

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from contributor_backfill.capture.progress import Progress

SECONDS_BETWEEN_LINES = 5.0


@contextmanager
def watching(stream: TextIO) -> Iterator["Progress"]:
    """Show progress on a stream."""
    if not stream.isatty():
        yield Lines()
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(file=stream)) as bars:
        yield BarsOnTerminal(bars)


class BarsOnTerminal:
    """A bar for each repository."""

    def __init__(self, bars: "Bars") -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def turn_begins(self, walk: Walk) -> None:
        """Add or reset the repository's bar."""
        if walk.full_name not in self._tasks:
            self._tasks[walk.full_name] = self._bars.add_task(walk.full_name, total=walk.total)
        self._bars.update(self._tasks[walk.full_name], completed=walk.stored)

    def page_committed(self, walk: Walk, total: int, committed: Committed) -> None:
        """Move the bar."""
        self._bars.update(self._tasks[walk.full_name], total=total, completed=committed.stored)

    def waits(self, until: datetime, reason: str) -> None:
        """Print why nothing moves."""
        self._bars.console.print(_waiting(until, reason), highlight=False)


class Lines:
    """A line now and then."""

    def __init__(self) -> None:
        self._last = 0.0

    def turn_begins(self, walk: Walk) -> None:
        """Say which repository is next."""
        click.echo(f"{walk.full_name}: {walk.stored:,} of {walk.total:,} stored", err=True)

    def page_committed(self, walk: Walk, total: int, committed: Committed) -> None:
        """Say how far it is, every few seconds."""
        if time.monotonic() - self._last >= SECONDS_BETWEEN_LINES:
            self._last = time.monotonic()
            click.echo(f"{walk.full_name}: {committed.stored:,} of {total:,} stored", err=True)
        if committed.rejected:
            rows = plural(committed.rejected, "row")
            click.echo(f"{walk.full_name}: {rows} could not be stored; see `status`", err=True)

    def waits(self, until: datetime, reason: str) -> None:
        """Say why nothing moves."""
        click.echo(_waiting(until, reason), err=True)


def _waiting(until: datetime, reason: str) -> str:
    return f"waiting {duration(until - datetime.now(UTC))}, until {at(until)}: {reason}"
