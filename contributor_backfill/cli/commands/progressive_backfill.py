"""`progressive-backfill`: one bounded run over all backfills that are due."""

import click

from contributor_backfill.cli.capture import RunOptions, capture, run_options
from contributor_backfill.cli.options import (
    ENVIRONMENT,
    FullNames,
    chunk_size_option,
    max_minutes_option,
    refresh_days_option,
    repository_options,
    reserve_option,
)
from contributor_backfill.domain.sources import EVERYTHING, Wanted
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
@run_options
def progressive_backfill(
    *,
    repository: str | None,
    repository_id: RepositoryId | None,
    repositories: tuple[str, ...],
    options: RunOptions,
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
    capture(wanted, options)
