"""`plan`: turn due work into jobs that share it."""

from typing import Any

import click

from contributor_backfill.cli.app import recorded
from contributor_backfill.cli.options import (
    ENVIRONMENT,
    LONGEST_MINUTES,
    Span,
    reserve_option,
    store_option,
)
from contributor_backfill.cli.output import echo, echo_lines, json_text
from contributor_backfill.cli.session import session
from contributor_backfill.cli.settings import Store, load
from contributor_backfill.domain.errors import BudgetReached
from contributor_backfill.domain.planning import MOST_JOBS, Shard, due_work, shards
from contributor_backfill.domain.runs import Outcome, RunEnd
from contributor_backfill.reports.wording import plural

UNLIMITED = 1_000_000
"""Points, where GitHub Enterprise Server has limits switched off."""


@click.command()
@click.option(
    "--max-jobs",
    type=click.IntRange(1, MOST_JOBS),
    default=1,
    show_default=True,
    envvar=f"{ENVIRONMENT}MAX_JOBS",
    help="Plan no more jobs than this.",
)
@click.option(
    "--max-minutes",
    type=Span(LONGEST_MINUTES),
    default=25,
    show_default=True,
    envvar=f"{ENVIRONMENT}MAX_MINUTES",
    help="How long each job may take.",
)
@reserve_option
@click.option("--json", "as_json", is_flag=True, help="Write what strategy.matrix takes.")
@store_option
def plan(
    *, max_jobs: int, max_minutes: float, reserve: int | None, as_json: bool, store: Store | None
) -> None:
    """Turn what is due into jobs for a matrix, balanced by estimated minutes.

    The jobs share one hourly quota, so their points together stay above the reserve, and there are
    no more jobs than that quota keeps busy. In Actions the matrix is the output `matrix` too.
    """
    from contributor_backfill.domain.bounds import points_to_spend
    from contributor_backfill.domain.sources import DUE, Wanted
    from contributor_backfill.github.client import graphql_quota
    from contributor_backfill.github.pull_requests import connections

    settings = load()
    with recorded(settings, store) as run:
        # The matrix that a workflow reads is there, and empty, if nothing may be spent.
        empty = _matrix(())
        try:
            run.check_budget()
        except BudgetReached:
            if as_json:
                echo(empty)
            raise
        due = run.gateway.due_work(Wanted(sources=DUE))
        quota = graphql_quota(run.client())
        works = [due_work(row, connections(row.with_labels)) for row in due]
        # The jobs of a matrix run at once, and share one token's quota.
        left = points_to_spend(quota, run.clock.now(), reserve) if quota else UNLIMITED
        planned = shards(works, max_jobs=max_jobs, points_left=left, max_minutes=max_minutes)
        matrix = _matrix(planned)
        run.ends(RunEnd(Outcome.DONE, f"{plural(len(planned), 'job')} planned"))
    if as_json:
        echo(matrix)
    else:
        echo_lines(_lines(planned))


def _matrix(planned: tuple[Shard, ...]) -> str:
    """Return what `strategy.matrix` takes, and make it an output of the step."""
    matrix = json_text({"include": [_entry(shard) for shard in planned]}, indent=None)
    session().outputs |= {"matrix": matrix, "jobs": str(len(planned))}
    return matrix


def _entry(shard: Shard) -> dict[str, Any]:
    return {
        "shard": shard.number,
        "repositories": ",".join(shard.full_names),
        # Actions takes whole numbers, and nothing at all is no bound.
        "max_minutes": max(1, round(shard.minutes)),
        "max_points": max(1, shard.points),
    }


def _lines(planned: tuple[Shard, ...]) -> list[str]:
    if not planned:
        return ["Nothing is due: no job is needed."]
    return [
        f"job {shard.number}: {', '.join(shard.full_names)}, about {shard.minutes:.1f} minutes,"
        f" {plural(shard.points, 'point')} of the hourly quota at most"
        for shard in planned
    ]
