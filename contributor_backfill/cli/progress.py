"""Progress while a run works: a bar on a terminal, plain lines anywhere else."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

from contributor_backfill.cli.common import is_quiet
from contributor_backfill.cli.output import echo, hint
from contributor_backfill.domain.feeds import Feed
from contributor_backfill.domain.redaction import shown
from contributor_backfill.domain.types import Committed, Repository, Walk
from contributor_backfill.reports.wording import at, duration, plural

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from contributor_backfill.capture.progress import Progress

SECONDS_BETWEEN_LINES = 5.0
FEEDS = {
    Feed.LISTS: "{}: lists that did not fit their page",
    Feed.PULL_REQUESTS: "{}: pull requests changed since the last sync",
    Feed.REVIEW_COMMENTS: "{}: review comments",
    Feed.RECONCILIATION: "{}: comparing with GitHub",
    Feed.REFRESH: "{}: reading old pull requests again",
    Feed.REFRESH_COMMENTS: "{}: reading old review comments again",
}


@contextmanager
def watching(stream: TextIO) -> Iterator["Progress"]:
    """Show progress on a stream."""
    # GitHub may take a while for the first page: something is said before.
    echo("Looking for what is due.", err=True)
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

    def turn_begins(self, walk: Walk) -> None:
        """Add or reset the repository's bar."""
        if walk.full_name not in self._tasks:
            self._tasks[walk.full_name] = self._bars.add_task(
                shown(walk.full_name), total=walk.total, counted=""
            )
        self._move(walk.full_name, walk.total, walk.stored)

    def page_committed(self, walk: Walk, total: int, committed: Committed) -> None:
        """Move the bar."""
        self._move(walk.full_name, total, committed.stored)

    def feed_begins(self, repository: Repository, feed: Feed) -> None:
        """Add a bar that counts rows, of which nobody knows how many there will be."""
        name = FEEDS[feed].format(repository.full_name)
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(shown(name), total=None, counted="")

    def step_committed(self, repository: Repository, feed: Feed, rows: int, rejected: int) -> None:
        """Move the bar."""
        task = self._tasks[FEEDS[feed].format(repository.full_name)]
        self._bars.update(task, completed=rows, counted=f"{plural(rows, 'row')} read")
        if rejected:
            self._print(_rejected(repository.full_name, rejected))

    def waits(self, until: datetime, reason: str) -> None:
        """Print why nothing moves."""
        self._print(_waiting(until, reason))

    def _move(self, full_name: str, total: int, stored: int) -> None:
        counted = _counted(stored, total)
        self._bars.update(self._tasks[full_name], total=total, completed=stored, counted=counted)

    def _print(self, text: str) -> None:
        self._bars.console.print(shown(text), highlight=False)


class Lines:
    """A line now and then."""

    def __init__(self) -> None:
        self._last = 0.0

    def turn_begins(self, walk: Walk) -> None:
        """Say which repository is next."""
        hint(f"{walk.full_name}: {walk.stored:,} of {walk.total:,} stored")

    def page_committed(self, walk: Walk, total: int, committed: Committed) -> None:
        """Say how far it is, every few seconds."""
        if time.monotonic() - self._last >= SECONDS_BETWEEN_LINES:
            self._last = time.monotonic()
            hint(f"{walk.full_name}: {committed.stored:,} of {total:,} stored")
        if committed.rejected:
            echo(_rejected(walk.full_name, committed.rejected), err=True)

    def feed_begins(self, repository: Repository, feed: Feed) -> None:
        """Say which feed is next."""
        hint(FEEDS[feed].format(repository.full_name))

    def step_committed(self, repository: Repository, feed: Feed, rows: int, rejected: int) -> None:
        """Say how far it is, every few seconds."""
        if time.monotonic() - self._last >= SECONDS_BETWEEN_LINES:
            self._last = time.monotonic()
            name = FEEDS[feed].format(repository.full_name)
            hint(f"{name}: {plural(rows, 'row')} read")
        if rejected:
            echo(_rejected(repository.full_name, rejected), err=True)

    def waits(self, until: datetime, reason: str) -> None:
        """Say why nothing moves."""
        hint(_waiting(until, reason))


def _counted(stored: int, total: int) -> str:
    return f"{stored:,} of {plural(total, 'pull request')} stored"


def _rejected(full_name: str, rejected: int) -> str:
    return f"{full_name}: {plural(rejected, 'row')} could not be stored; see `status`"


def _waiting(until: datetime, reason: str) -> str:
    return f"waiting {duration(until - datetime.now(UTC))}, until {at(until)}: {reason}"
