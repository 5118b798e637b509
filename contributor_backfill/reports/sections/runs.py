"""Runs: the last ones, why some failed, and whether every end is known."""

from contributor_backfill.reports.sections.parts import (
    NONE,
    Grid,
    Section,
    cut,
    figure,
    minute,
    numbers,
    share,
    texts,
    took,
)
from contributor_backfill.reports.snapshot.runs import (
    CommandLine,
    ErrorGroup,
    Observability,
    RunLine,
    RunPanel,
)
from contributor_backfill.reports.wording import plural

RECENT = (
    *texts("began", "command", "outcome"),
    *numbers("took"),
    *texts("why it ended", "repository", "run", needs_room=True),
)
COMMANDS = (
    *texts("command, 30 days"),
    *numbers("runs", "ended well", "failed", "lost"),
    *numbers("deferred", needs_room=True),
    *numbers("p50", "p95"),
    *numbers("chunks p50", "chunks p95", needs_room=True),
)
ERRORS = (
    *numbers("times"),
    *texts("what", "error"),
    *texts("first seen", needs_room=True),
    *texts("last seen"),
    *texts("repositories", "newest run", needs_room=True),
)
KNOWN = (*texts("began within"), *numbers("runs", "running", "end known", "fell silent", "known"))


def runs(panel: RunPanel, rows: int) -> Section:
    """Return the last runs, and the commands."""
    title = "Runs"
    if not panel.has_data:
        return Section(title, "No data: no run is on record.", panel.source)
    ended = sum(line.runs - line.running for line in panel.commands)
    well = sum(line.done + line.deferred for line in panel.commands)
    running = sum(line.running for line in panel.commands)
    lead = (
        f"{plural(ended, 'run')} ended in the last 30 days, {share(well / ended, 1)} of them well;"
        f" {running:,} under way."
        if ended
        else f"No run ended in the last 30 days; {running:,} under way."
    )
    grids = [
        cut(COMMANDS, map(_command, panel.commands), rows),
        cut(RECENT, map(_run, panel.recent), rows),
    ]
    return Section(title, lead, panel.source, [grid for grid in grids if grid.rows])


def errors(panel: RunPanel, rows: int) -> Section:
    """Return what failed, most frequent first."""
    title, source = "Failures by error", "contributor-backfill status"
    if not panel.errors:
        lead = "No failure is on record." if panel.has_data else "No data: no run is on record."
        return Section(title, lead, source)
    count = sum(group.count for group in panel.errors)
    lead = f"{plural(count, 'failure')} in the last 30 days, for the reasons below."
    return Section(title, lead, source, [cut(ERRORS, map(_error, panel.errors), rows)])


def observability(panel: RunPanel) -> Section:
    """Return of how many runs the end is known."""
    title = "Observability"
    if not any(window.started for window in panel.observability):
        return Section(title, "No data: no run began in the last 30 days.", panel.source)
    longest = max(panel.observability, key=lambda window: window.hours)
    lead = f"The end of {share(longest.share, 1)} of ended runs is known."
    if longest.share is None:
        lead = "No run has ended yet."
    return Section(title, lead, panel.source, [Grid(KNOWN, [*map(_known, panel.observability)])])


def _run(line: RunLine) -> tuple[str, ...]:
    seconds = (line.ended_at - line.started_at).total_seconds() if line.ended_at else None
    return (
        minute(line.started_at),
        line.command,
        line.outcome,
        NONE if seconds is None else took(1000 * seconds),
        line.stop_reason or "",
        line.repository or "",
        line.url or "",
    )


def _command(line: CommandLine) -> tuple[str, ...]:
    return (
        line.command,
        figure(line.runs),
        share(line.share_ended_well, 1),
        figure(line.failed),
        figure(line.lost),
        figure(line.deferred),
        *(NONE if s is None else took(1000 * s) for s in (line.seconds_p50, line.seconds_p95)),
        figure(line.chunks_p50),
        figure(line.chunks_p95),
    )


def _error(group: ErrorGroup) -> tuple[str, ...]:
    named = ", ".join(group.repositories[:3])
    left = group.repository_count - min(3, len(group.repositories))
    return (
        figure(group.count),
        group.kind,
        group.words,
        minute(group.first_seen_at),
        minute(group.last_seen_at),
        f"{named} and {left:,} more" if left else named,
        group.url or "",
    )


def _known(window: Observability) -> tuple[str, ...]:
    return (
        f"{window.hours} h" if window.hours <= 48 else plural(window.hours // 24, "day"),
        figure(window.started),
        figure(window.running),
        figure(window.known),
        figure(window.unknown),
        share(window.share, 1),
    )
