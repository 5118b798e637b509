"""The jobs of Inngest and GitHub Actions, and how the work is shared between them."""

from contributor_backfill.db.gateway.snapshot import ProcessorStanding, RoutingStanding
from contributor_backfill.domain.jobs import PROCESSOR_NAMES
from contributor_backfill.reports.model import (
    Cell,
    Figure,
    Panel,
    State,
    Table,
    cells,
    figure,
    minute,
    numbers,
    share,
    texts,
)
from contributor_backfill.reports.wording import plural

TITLE = "Jobs"
SOURCES = ("contributor-backfill queue", "contributor-backfill route --dry-run")
COLUMNS = (
    *texts("who does them"),
    *numbers("waiting", "running", "completed", "failed", "given up"),
    *numbers("work", needs_room=True),
    *texts("last handed over", "last error", needs_room=True),
)
STOPPED = (
    "Routing is stopped by hand: jobs wait until it goes on with: contributor-backfill route --go"
)


def routing(standing: RoutingStanding) -> Panel:
    """Return the jobs of each, and the share of GitHub Actions against its target."""
    if not _has_data(standing):
        return Panel("processors", TITLE, _lead(standing), SOURCES)
    return Panel(
        "processors",
        TITLE,
        _lead(standing),
        SOURCES,
        figures=_figures(standing),
        tables=[Table("Jobs by who does them", COLUMNS, [*map(_row, standing.processors)])],
        notes=["Work is estimated, in pull requests to be read."],
    )


def _has_data(standing: RoutingStanding) -> bool:
    """Tell whether there is or was any job."""
    return bool(
        standing.window_jobs
        or standing.undecided
        or standing.skipped
        or any(
            jobs.waiting or jobs.running or jobs.completed or jobs.failed or jobs.dead
            for jobs in standing.processors
        )
    )


def _lead(standing: RoutingStanding) -> str:
    parts = []
    if standing.share is None:
        parts.append("No data: no job was given to a processor in the last 30 days.")
    else:
        where = "within" if standing.is_on_target else "outside"
        low, high = share(standing.target_low), share(standing.target_high)
        parts.append(
            f"GitHub Actions does {share(standing.share, 1)} of the work of"
            f" {plural(standing.window_jobs, 'job')}, {where} its target of {low} to {high}."
        )
    if standing.is_stopped:
        parts.append(STOPPED)
    return " ".join(parts)


def _figures(standing: RoutingStanding) -> list[Figure]:
    low, high = share(standing.target_low), share(standing.target_high)
    # Outside its band the share corrects itself with the next jobs, so nobody need act.
    on_target = {True: State.GOOD, False: State.WATCH, None: None}[standing.is_on_target]
    dead = sum(processor.dead for processor in standing.processors)
    return [
        Figure(
            "Share of GitHub Actions",
            share(standing.share, 1),
            f"of the work of {plural(standing.window_jobs, 'job')}; target {low} to {high}",
            on_target,
        ),
        Figure(
            "Jobs that wait for a decision",
            figure(standing.undecided),
            "routing is stopped" if standing.is_stopped else "the command route decides",
            State.WATCH if standing.is_stopped and standing.undecided else None,
        ),
        Figure("Jobs given up", figure(dead), "", State.ACT if dead else State.GOOD),
        Figure("Jobs skipped", figure(standing.skipped), "a backfill does their work"),
    ]


def _row(jobs: ProcessorStanding) -> tuple[Cell, ...]:
    counts = (jobs.waiting, jobs.running, jobs.completed, jobs.failed, jobs.dead, jobs.work)
    last = minute(jobs.last_dispatched_at), jobs.last_error or ""
    return cells(PROCESSOR_NAMES[jobs.processor], *map(figure, counts), *last)
