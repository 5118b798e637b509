"""The last runs, how they end, why some failed, and whether every end is known."""

from datetime import datetime, timedelta

from contributor_backfill.db.gateway.snapshot import CommandLine, ErrorGroup, Observability, RunLine
from contributor_backfill.reports.model import (
    NONE,
    Cell,
    Chart,
    Figure,
    Panel,
    Span,
    State,
    Table,
    cells,
    figure,
    minute,
    numbers,
    share,
    state,
    texts,
    took,
)
from contributor_backfill.reports.snapshot import RunPanel
from contributor_backfill.reports.wording import duration, ending, plural

TITLE = "Runs"
DAY = timedelta(hours=24)
OUTCOMES = ("done", "deferred", "failed", "lost", "running")
MEANINGS = (
    "Ended well: done, or deferred, put off on purpose (low quota, a cap that is reached)."
    " Lost: ended without recording how."
)
RECENT = (
    *texts("began", "command", "outcome"),
    *numbers("took"),
    *texts("why it ended", "repository", needs_room=True),
)
COMMANDS = (
    *texts("command, 30 days"),
    *numbers("runs", "ended well", "failed", "lost"),
    *numbers("deferred", "running", needs_room=True),
    *numbers("median", "95 % within"),
    *numbers("pages: median", "95 % at most", needs_room=True),
)
ERRORS = (
    *texts("failure"),
    *numbers("times"),
    *texts("of", needs_room=True),
    *texts("last seen"),
    *texts("first seen", "repositories", "more", needs_room=True),
)


def runs(panel: RunPanel, now: datetime) -> Panel:
    """Return the last runs, the commands, what failed, and of how many the end is known."""
    sources = (panel.source, "contributor-backfill recover")
    if not panel.recent:
        return Panel("runs", TITLE, "No data: no run is on record.", sources)
    return Panel(
        "runs",
        TITLE,
        _lead(panel),
        sources,
        figures=_figures(panel),
        charts=[*_timeline(panel, now), *_by_command(panel)],
        tables=[*_errors(panel), Table("The last runs", RECENT, [_run(r) for r in panel.recent])],
        notes=[MEANINGS],
    )


def _lead(panel: RunPanel) -> str:
    # Runs under way are no failures yet, and no successes.
    ended = sum(line.runs - line.running for line in panel.commands)
    running = sum(line.running for line in panel.commands)
    if not ended:
        return f"No run ended in the last 30 days; {running:,} under way."
    well = sum(line.done + line.deferred for line in panel.commands)
    return (
        f"{plural(ended, 'run')} ended in the last 30 days, {share(well / ended, 1)} of them well;"
        f" {running:,} under way."
    )


def _figures(panel: RunPanel) -> list[Figure]:
    # A run that fails at a page is one failure, though both are on record.
    failed = sum(line.failed + line.lost for line in panel.commands)
    pages = sum(group.count for group in panel.errors if group.kind == "page")
    found = [
        Figure(
            "Runs that failed, 30 days",
            figure(failed),
            f"and {plural(pages, 'page')} failed and tried again" if pages else "",
            State.WATCH if failed else State.GOOD,
        )
    ]
    return found + [_known(window) for window in panel.observability if window.started]


def _known(window: Observability) -> Figure:
    span = "24 hours" if window.hours <= 48 else plural(window.hours // 24, "day")
    level = State.WATCH if window.unknown else State.GOOD
    return Figure(
        f"Runs whose end is known, {span}",
        share(window.share, 1),
        f"of {plural(window.known + window.unknown, 'run')} that ended;"
        f" {window.running:,} under way",
        level if window.share is not None else None,
    )


def _timeline(panel: RunPanel, now: datetime) -> list[Chart]:
    since = now - DAY
    spans = [
        Span(run.command, run.started_at, run.ended_at or now, run.outcome, _words(run, now))
        for run in panel.recent
        if (run.ended_at or now) > since
    ]
    if not spans:
        return []
    title = "Runs of the last 24 hours"
    rows = [cells(s.row, minute(s.start), minute(s.end), state(s.kind)) for s in spans]
    table = Table(title, texts("command", "began", "ended", "outcome"), rows)
    return [Chart(title, table, since, now, spans=spans)]


def _words(run: RunLine, now: datetime) -> str:
    lasted = duration((run.ended_at or now) - run.started_at)
    return f"{run.command}, {run.outcome}, {minute(run.started_at)}, {lasted}"


def _by_command(panel: RunPanel) -> list[Chart]:
    if not panel.commands:
        return []
    parts = [
        (line.command, [(name, float(getattr(line, name))) for name in OUTCOMES])
        for line in panel.commands
    ]
    title = "How the runs of each command ended, 30 days"
    return [Chart(title, Table(title, COMMANDS, [*map(_command, panel.commands)]), parts=parts)]


def _command(line: CommandLine) -> tuple[Cell, ...]:
    return cells(
        line.command,
        figure(line.runs),
        share(line.share_ended_well, 1),
        figure(line.failed),
        figure(line.lost),
        figure(line.deferred),
        figure(line.running),
        *(NONE if s is None else took(1000 * s) for s in (line.seconds_p50, line.seconds_p95)),
        figure(line.chunks_p50),
        figure(line.chunks_p95),
    )


def _errors(panel: RunPanel) -> list[Table]:
    if not panel.errors:
        return []
    caption = "Failures of the last 30 days, by reason"
    return [Table(caption, ERRORS, [*map(_error, panel.errors)])]


def _error(group: ErrorGroup) -> tuple[Cell, ...]:
    # The database names a few repositories and counts all.
    left = group.repository_count - min(3, len(group.repositories))
    named = ", ".join(group.repositories[:3])
    return cells(
        Cell(group.example, group.url),
        figure(group.count),
        group.kind,
        minute(group.last_seen_at),
        minute(group.first_seen_at),
        f"{named} and {left:,} more" if left else named,
        _source(group),
    )


def _source(group: ErrorGroup) -> str:
    """Return the command that tells more of the first affected repository, or of all."""
    if not group.repositories:
        return "contributor-backfill status"
    return f"contributor-backfill status --repository {group.repositories[0]}"


def _run(line: RunLine) -> tuple[Cell, ...]:
    seconds = (line.ended_at - line.started_at).total_seconds() if line.ended_at else None
    return cells(
        minute(line.started_at),
        Cell(line.command, line.url),
        state(line.outcome),
        NONE if seconds is None else took(1000 * seconds),
        ending(line.stop_reason),
        line.repository or "",
    )
