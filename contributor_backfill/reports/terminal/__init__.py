"""Tables on a terminal, and the same as plain text where there is none."""

from collections.abc import Iterable, Sequence
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from contributor_backfill.db.reading import moment
from contributor_backfill.domain.completeness import LISTS
from contributor_backfill.domain.redaction import shown
from contributor_backfill.reports.standing import FeedStanding, Standing
from contributor_backfill.reports.wording import at, plural, unlisted

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


def print_standings(out: Console, standings: Sequence[Standing]) -> None:
    """Print the status table, then whatever went wrong, one line each."""
    table = _table(
        *("repository", ">stored", ">GitHub", ">%"),
        *(">reviews", ">comments", ">inline", ">per hour", "done", "state", "next"),
    )
    for s in standings:
        table.add_row(*map(cell, _cells(s)))
    out.print(table)
    for s in standings:
        for line in (*troubles(s), *spending(s)):
            out.print(cell(f"{s.full_name}: {line}"))


def _cells(s: Standing) -> tuple[str, ...]:
    return (
        s.full_name,
        f"{s.stored:,}",
        f"{s.total:,}",
        f"{s.percentage:g}",
        *(f"{s.kinds[kind].percentage:g} %" for kind in LISTS),
        f"{s.hourly_rate:,.0f}" if s.hourly_rate else "-",
        _done(s),
        s.state,
        _next(s),
    )


def troubles(s: Standing) -> Iterable[str]:
    """Say what a user should know of a repository beyond its line in the table."""
    if s.last_error and s.state != "complete":
        yield f"last error at {at(s.last_error_at)}: {s.last_error}"
    if s.rejects:
        yield f"{s.rejects:,} rows could not be stored whole; see the table backfill_rejects"
    if s.continuations:
        yield f"{plural(s.continuations, 'list')} wait to be read on"
    if s.missing:
        yield f"{plural(s.missing, 'pull request')} must be captured anew; see backfill_numbers"
    for permission, seen_at in sorted(s.missing_permissions.items()):
        yield f"the token lacks {permission}; some fields are null for it (seen {seen_at[:10]})"
    yield from _settled(s)
    if s.refresh and not s.refresh.holds:
        yield (
            f"its oldest rows were last read at {at(s.refresh.oldest_seen_at)}: the refresh does"
            f" not hold its {s.refresh.days} days"
        )
    for feed in s.feeds:
        yield from _feed_troubles(feed)
    if s.served_by:
        yield f"being captured by {s.served_by}"


def _settled(s: Standing) -> Iterable[str]:
    if s.deletions:
        yield f"{plural(s.deletions, 'row')} are deleted on GitHub; see backfill_deletions"
    if s.unlisted:
        yield unlisted(s.unlisted)


def spending(s: Standing) -> Iterable[str]:
    """Hold what was spent on a repository against its estimate, where there is one."""
    if not s.estimate:
        return
    expected = s.estimate
    minutes = s.milliseconds / 60_000
    yield (
        f"estimated on {at(moment(expected['estimated_at']))}:"
        f" {_about(expected['points'], 'point')},"
        f" {_about(expected['rest_requests'], 'REST request')},"
        f" {_about(expected['minutes'], 'minute')} of GitHub's answers; so far"
        f" {plural(s.points, 'point')}, {plural(s.requests, 'request')} of both kinds and"
        f" {plural(round(minutes), 'minute')}"
    )


def _about(figure: dict[str, float | None], noun: str) -> str:
    """Return an estimated figure with its noun."""
    value = figure["value"]
    return f"unknown {noun}s" if value is None else plural(round(value), noun)


def _feed_troubles(feed: FeedStanding) -> Iterable[str]:
    """Say what is the matter with a feed, and when it goes on."""
    name = feed.feed.replace("_", " ")
    if feed.last_error:
        yield f"{name}: last error at {at(feed.last_error_at)}: {feed.last_error}"
    if feed.next_attempt_at:
        yield f"{name}: goes on at {at(feed.next_attempt_at)} ({feed.next_attempt_reason})"
    if feed.served_by:
        yield f"{name}: being served by {feed.served_by}"


def print_checks(out: Console, rows: Iterable[tuple[str, str, str, str]]) -> None:
    """Print what a checkup found: verdict, name, what was found, what to do."""
    table = _table("", "check", "found", "next step")
    for row in rows:
        table.add_row(*map(cell, row))
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
    if s.state in {"complete", "incomplete", "tracked", "failed"}:
        return "-"
    if s.state == "being deleted":
        return "untrack --delete-data goes on"
    if s.state == "paused" and s.next_attempt_at is None:
        return "when resumed by hand"
    if s.next_attempt_at is None:
        return "next run"
    return f"{at(s.next_attempt_at)} ({s.next_attempt_reason or 'after errors'})"
