"""Which runs there were, how they ended, how long they took, and why they failed."""

from datetime import datetime, timedelta

from contributor_backfill.domain.runs import Outcome
from contributor_backfill.reports.html.charts import Span, stacks, timeline
from contributor_backfill.reports.html.parts import (
    Cell,
    Chart,
    Panel,
    Table,
    moment,
    number,
    numbers,
    share,
    words,
)
from contributor_backfill.reports.snapshot.runs import CommandLine, ErrorGroup, RunLine, RunPanel
from contributor_backfill.reports.wording import duration

SPAN = timedelta(hours=24)
MOST_RUNS = 12
MOST_ERRORS = 10
OUTCOMES = ("done", "deferred", "failed", "lost", "running")
KEY = tuple((each, each) for each in OUTCOMES)
TITLE = "Runs"


def runs(panel: RunPanel, now: datetime) -> Panel:
    """Return the panel of runs and their failures."""
    if not panel.has_data:
        return Panel("runs", TITLE, "No data yet: no run is on record.", sources=(panel.source,))
    failed = sum(each.count for each in panel.errors)
    return Panel(
        "runs",
        TITLE,
        f"{sum(each.runs for each in panel.commands):,} in the last thirty days;"
        f" {failed:,} failures of {len(panel.errors):,} kinds.",
        charts=(*_timeline(panel, now), *_by_command(panel)),
        tables=(*_errors(panel), _recent(panel, now)),
        notes=("Ended well: done, or put off because the quota was low.",),
        sources=("contributor-backfill monitor --json", panel.source),
    )


def _timeline(panel: RunPanel, now: datetime) -> tuple[Chart, ...]:
    since = now - SPAN
    spans = [
        Span(
            each.command,
            each.started_at,
            each.ended_at or now,
            each.outcome,
            f"{each.command}, {each.outcome}, {moment(each.started_at).text},"
            f" {duration((each.ended_at or now) - each.started_at)}",
        )
        for each in panel.recent
        if (each.ended_at or now) > since
    ]
    if not spans:
        return ()
    title = "The last runs of 24 hours"
    picture = timeline(title, spans, since, now)
    rows = [[Cell(s.row), moment(s.start), moment(s.end), _outcome(s.kind)] for s in spans]
    table = Table(title, words("Command", "Began", "Ended", "Outcome"), rows)
    return (Chart(title, picture, table, KEY),)


def _by_command(panel: RunPanel) -> tuple[Chart, ...]:
    if not panel.commands:
        return ()
    title = "Outcomes by command"
    parts = {
        each.command: [(name, float(getattr(each, name))) for name in OUTCOMES]
        for each in panel.commands
    }
    heads = [
        *words("Command"),
        *numbers("Runs", "Done", "Deferred", "Failed", "Lost", "Running", "Ended well"),
        *numbers("Seconds: half", "19 of 20", "Chunks: half", "19 of 20 "),
    ]
    table = Table(title, heads, [_command(each) for each in panel.commands])
    return (Chart(title, stacks(title, parts), table, KEY),)


def _command(each: CommandLine) -> list[Cell]:
    return [
        Cell(each.command),
        number(each.runs),
        *(number(getattr(each, name)) for name in OUTCOMES),
        share(each.share_ended_well, 1),
        *(number(value, 1) for value in (each.seconds_p50, each.seconds_p95)),
        *(number(value, 1) for value in (each.chunks_p50, each.chunks_p95)),
    ]


def _errors(panel: RunPanel) -> tuple[Table, ...]:
    if not panel.errors:
        return ()
    heads = [
        *words("Failure", "Of"),
        *numbers("Times"),
        *words("First seen", "Last seen", "Repositories", "More"),
    ]
    rows = [_error(each) for each in panel.errors[:MOST_ERRORS]]
    return (Table("Failures of the last thirty days, by kind", heads, rows),)


def _error(each: ErrorGroup) -> list[Cell]:
    more = each.repository_count - len(each.repositories)
    affected = ", ".join(each.repositories) + (f" and {more:,} more" if more > 0 else "")
    return [
        Cell(each.example, each.url),
        Cell(each.kind),
        number(each.count),
        moment(each.first_seen_at),
        moment(each.last_seen_at),
        Cell(affected),
        Cell(each.source),
    ]


def _recent(panel: RunPanel, now: datetime) -> Table:
    rows = [_run(each, now) for each in panel.recent[:MOST_RUNS]]
    heads = words("Run", "Repository", "Began", "Took", "Outcome", "Why it stopped")
    return Table("Active and recent runs", heads, rows)


def _run(each: RunLine, now: datetime) -> list[Cell]:
    return [
        Cell(each.command, each.url),
        Cell(each.repository or "all that are due"),
        moment(each.started_at),
        Cell(duration((each.ended_at or now) - each.started_at)),
        _outcome(each.outcome),
        Cell(each.stop_reason or ""),
    ]


def _outcome(outcome: str) -> Cell:
    return Cell(str(outcome), state=str(Outcome(outcome)))
