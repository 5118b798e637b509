"""The standings of repositories on a terminal: a line for each, and all where there is room."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from rich.console import Console
from rich.text import Text

from contributor_backfill.db.gateway.reports import SourceStanding
from contributor_backfill.db.rows import moment
from contributor_backfill.domain.completeness import LISTS
from contributor_backfill.reports.model import State
from contributor_backfill.reports.repository_words import (
    OF_STORED,
    next_step,
    share,
    share_of_stored,
    shortened,
    state_of,
)
from contributor_backfill.reports.standing import Standing
from contributor_backfill.reports.terminal import cell, table, watch
from contributor_backfill.reports.wording import at, ending, plural, unlisted

ROOM = 120
"""Columns from which on all that is known of a repository is shown."""
LONGEST_NAME, SHORTEST_NAME = 60, 16
STYLES = {State.GOOD: "", State.WATCH: "yellow", State.ACT: "bold red"}
MARKS = {State.GOOD: " ", State.WATCH: "~", State.ACT: "!"}
HEADINGS = (
    *("repository", "stored", "GitHub", "%", "reviews", "comments", "inline", "per hour"),
    *("state", "next or done"),
)
NUMBERS = HEADINGS[1:8]


def print_standings(
    out: Console, standings: Sequence[Standing], now: datetime, *, in_full: bool = False
) -> None:
    """Print a line for each repository; in full, or with room, also what is the matter with it."""
    if in_full or out.width >= ROOM:
        _print_in_full(out, standings, now)
    else:
        _print_lines(out, standings, now)


def watch_standings(
    out: Console,
    read: Callable[[], Sequence[Standing]],
    tell_time: Callable[[], datetime],
    wait: Callable[[], None],
    *,
    in_full: bool = False,
) -> None:
    """Show the lines and read them anew after each wait, until that is interrupted."""

    def look() -> str:
        with out.capture() as captured:
            standings, now = read(), tell_time()
            out.print(cell(f"As of {at(now)}. Ctrl-C ends it."))
            if standings:
                print_standings(out, standings, now, in_full=in_full)
        return captured.get()

    watch(out, look, wait)


def _print_lines(out: Console, standings: Sequence[Standing], now: datetime) -> None:
    rows = [_line(s, now) for s in standings]
    widths = [max(map(len, column)) for column in zip(*(row[1:3] for row in rows), strict=True)]
    # The two middle columns are as wide as they are; the name and what comes next share the rest.
    room = out.width - sum(widths) - 2 * 3 - 2
    longest = max(len(s.full_name) for s in standings)
    wanted = max(len(row[3]) for row in rows)
    name = max(SHORTEST_NAME, min(longest, LONGEST_NAME, max(room - wanted, room * 3 // 7)))
    for s, (full_name, percent, state, comes) in zip(standings, rows, strict=True):
        level = state_of(s)
        line = (
            f"{MARKS[level]} {shortened(full_name, name):<{name}}  {percent:>{widths[0]}}"
            f"  {state:<{widths[1]}}  {_cut(comes, room - name)}"
        )
        # Laid out already: rich would fold what is longer, and a line is for one repository.
        out.print(Text(cell(line.rstrip()).plain, style=STYLES[level]), no_wrap=True, crop=True)
    needing = sum(state_of(s) is State.ACT for s in standings)
    if needing:
        out.print(
            cell(f"! needs you ({needing:,}). What is the matter: status --repository OWNER/NAME")
        )


def _line(s: Standing, now: datetime) -> tuple[str, str, str, str]:
    return s.full_name, share(s), s.state, next_step(s, now)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: max(0, width - 1)]}…"


def _print_in_full(out: Console, standings: Sequence[Standing], now: datetime) -> None:
    if out.width >= ROOM:
        made = table(*(f">{name}" if name in NUMBERS else name for name in HEADINGS))
        for s in standings:
            made.add_row(*map(cell, _cells(s, now)), style=STYLES[state_of(s)])
        out.print(made)
    else:
        _print_one_below_the_other(out, standings, now)
    if any(s.stored < s.total for s in standings):
        out.print(cell(OF_STORED))
    for s in standings:
        for line in (*problems(s), *spending(s)):
            out.print(cell(f"{s.full_name}: {line}"))


def _print_one_below_the_other(out: Console, standings: Sequence[Standing], now: datetime) -> None:
    """Print a line for each heading, where a table would break words."""
    widest = max(map(len, HEADINGS))
    for s in standings:
        for heading, value in zip(HEADINGS, _cells(s, now), strict=True):
            out.print(cell(f"{heading:<{widest}}  {value}"), style=STYLES[state_of(s)])


def _cells(s: Standing, now: datetime) -> tuple[str, ...]:
    return (
        s.full_name,
        f"{s.stored:,}",
        f"{s.total:,}",
        share(s).removesuffix(" %"),
        *(share_of_stored(s, kind) for kind in LISTS),
        f"{s.hourly_rate:,.0f}" if s.hourly_rate else "-",
        s.state,
        next_step(s, now),
    )


def problems(s: Standing) -> Iterable[str]:
    """Say what a user should know of a repository beyond its line in the table."""
    if s.last_error and s.state != "complete":
        yield f"last error at {at(s.last_error_at)}: {s.last_error}"
    if s.next_attempt_at and s.next_attempt_reason:
        yield f"goes on at {at(s.next_attempt_at)}: {ending(s.next_attempt_reason)}"
    if s.rejects:
        yield f"{s.rejects:,} rows could not be stored whole; see the table backfill_rejects"
    if s.continuations:
        yield f"{plural(s.continuations, 'long list')} to be read to the end"
    if s.missing:
        yield f"{plural(s.missing, 'pull request')} must be captured anew; see backfill_numbers"
    for permission, seen_at in sorted(s.missing_permissions.items()):
        yield f"the token lacks {permission}; what needs it is null (seen {seen_at[:10]})"
    yield from _settled(s)
    if s.refresh and not s.refresh.holds:
        yield (
            f"its oldest rows were last read at {at(s.refresh.oldest_seen_at)}: the refresh is"
            f" later than its {s.refresh.days} days"
        )
    for source in s.feeds:
        yield from _source_problems(source)
    if s.served_by:
        yield f"being captured by {s.served_by}"


def _settled(s: Standing) -> Iterable[str]:
    if len(s.incomplete_because) > 1:
        yield f"incomplete: {', '.join(s.incomplete_because)}"
    if s.deletions:
        yield f"{plural(s.deletions, 'row')} are deleted on GitHub; see backfill_deletions"
    if s.unlisted:
        yield unlisted(s.unlisted)


def spending(s: Standing) -> Iterable[str]:
    """Compare what was spent on a repository with its estimate, where there is one."""
    if not s.estimate:
        return
    # It is the JSON that `estimate` printed, perhaps that of an earlier version.
    expected = s.estimate
    minutes = s.milliseconds / 60_000
    yield (
        f"estimated on {at(moment(expected['estimated_at']))}:"
        f" {_about(expected['points'], 'point')},"
        f" {_about(expected['rest_requests'], 'REST request')},"
        f" {_about(expected['minutes'], 'minute')} of GitHub's responses; so far"
        f" {plural(s.points, 'point')}, {plural(s.requests, 'request')} of both kinds and"
        f" {plural(round(minutes), 'minute')}"
    )


def _about(figure: dict[str, float | None], noun: str) -> str:
    """Return an estimated figure with its noun."""
    value = figure["value"]
    return f"unknown {noun}s" if value is None else plural(round(value), noun)


def _source_problems(source: SourceStanding) -> Iterable[str]:
    """Say what is wrong with a source, and when it goes on."""
    name = source.feed.replace("_", " ")
    if source.last_error:
        yield f"{name}: last error at {at(source.last_error_at)}: {source.last_error}"
    if source.next_attempt_at:
        reason = ending(source.next_attempt_reason)
        yield f"{name}: goes on at {at(source.next_attempt_at)} ({reason})"
    if source.served_by:
        yield f"{name}: being captured by {source.served_by}"
