"""Who does the jobs, and how the work is shared out."""

from contributor_backfill.reports.routing_standing import ProcessorStanding, RoutingStanding
from contributor_backfill.reports.sections.parts import (
    NONE,
    Grid,
    Section,
    figure,
    minute,
    numbers,
    share,
    texts,
)

TITLE = "Processors"
SOURCE = "contributor-backfill queue"
COLUMNS = (
    *texts("processor"),
    *numbers("waiting", "running", "completed", "failed", "dead"),
    *numbers("work", needs_room=True),
    *texts("last dispatched", "last error", needs_room=True),
)


def processors(standing: RoutingStanding) -> Section:
    """Return the processors' jobs, and the share of GitHub Actions against its target."""
    grids = [Grid(COLUMNS, [_row(each) for each in standing.processors])]
    notes = [f"{standing.undecided:,} jobs are not decided yet, {standing.skipped:,} were skipped."]
    return Section(TITLE, _lead(standing), SOURCE, grids, notes)


def _lead(standing: RoutingStanding) -> str:
    stopped = " Hybrid routing is stopped by hand." if standing.is_stopped else ""
    if standing.share is None:
        return f"No data: no job was routed in the last 30 days.{stopped}"
    low, high = share(standing.target_low), share(standing.target_high)
    where = "within" if standing.is_on_target else "outside"
    return (
        f"GitHub Actions does {share(standing.share, 1)} of the work of"
        f" {standing.window_jobs:,} jobs, {where} the target of {low} to {high}.{stopped}"
    )


def _row(each: ProcessorStanding) -> tuple[str, ...]:
    counts = (each.waiting, each.running, each.completed, each.failed, each.dead, each.work)
    last = minute(each.last_dispatched_at), each.last_error or NONE
    return (each.processor, *map(figure, counts), *last)
