"""`progressive-backfill`: one bounded run over all backfills that are due."""

import click

from contributor_backfill.cli.capture import Bounding, capture, dry_run
from contributor_backfill.cli.options import (
    ENVIRONMENT,
    FullNames,
    chunk_size_option,
    dry_run_option,
    job_option,
    max_minutes_option,
    refresh_days_option,
    repository_options,
    reserve_option,
    storage_options,
    store_option,
)
from contributor_backfill.cli.settings import Store
from contributor_backfill.domain.sources import EVERYTHING, Wanted
from contributor_backfill.domain.storage import Keep, Wish
from contributor_backfill.domain.types import RepositoryId


@click.command()
@repository_options
@chunk_size_option
@click.option("--max-chunks", type=click.IntRange(min=1), help="Stop after this many pages.")
@max_minutes_option
@click.option(
    "--repositories",
    type=FullNames(),
    default=(),
    envvar=f"{ENVIRONMENT}REPOSITORIES",
    help="Only these, with commas between them, as far as they are due.",
)
@click.option(
    "--max-points",
    type=click.IntRange(min=1),
    envvar=f"{ENVIRONMENT}MAX_POINTS",
    help="Spend no more points of GitHub's hourly quota than this.",
)
@refresh_days_option
@reserve_option
@storage_options
@job_option
@dry_run_option
@store_option
def progressive_backfill(
    *,
    repository: str | None,
    repository_id: RepositoryId | None,
    chunk_size: int | None,
    max_chunks: int | None,
    max_minutes: float,
    repositories: tuple[str, ...],
    max_points: int | None,
    refresh_days: int | None,
    reserve: int | None,
    bodies: Keep | None,
    diff_hunks: Keep | None,
    job_id: str | None,
    dry_run_: bool,
    store: Store | None,
) -> None:
    """Capture page after page of the backfills that are due, until a bound is reached.

    Newly tracked repositories come first, then by priority, then the one that waited longest.
    """
    if repositories and (repository or repository_id):
        raise click.UsageError("Give --repositories or --repository, not both.")
    wanted = Wanted(
        sources=EVERYTHING,
        repository_id=repository_id,
        full_name=repository,
        only=repositories,
    )
    bounding = Bounding(
        max_minutes,
        reserve,
        max_chunks,
        max_points=max_points,
        chunk_size=chunk_size,
        storage=Wish(bodies, diff_hunks),
        job_id=job_id,
        refresh_days=refresh_days,
    )
    (dry_run if dry_run_ else capture)(wanted, bounding, store)
