"""`capture-chunk`: capture one chunk and exit."""

import click

from contributor_backfill.cli.options import (
    chunk_size_option,
    dry_run_option,
    job_option,
    one_of,
    repository_options,
    storage_options,
    store_option,
)
from contributor_backfill.cli.running import Bounding, dry_run, real_run
from contributor_backfill.cli.settings import Store
from contributor_backfill.domain.storage import Keep, Wish
from contributor_backfill.domain.types import RepositoryId


@click.command()
@repository_options
@chunk_size_option
@storage_options
@job_option
@dry_run_option
@store_option
def capture_chunk(
    *,
    repository: str | None,
    repository_id: RepositoryId | None,
    chunk_size: int | None,
    bodies: Keep | None,
    diff_hunks: Keep | None,
    job_id: str | None,
    dry_run_: bool,
    store: Store | None,
) -> None:
    """Claim one chunk of a backfill, capture it, and exit."""
    one_of(repository, repository_id)
    bounding = Bounding(
        max_chunks=1,
        chunk_size=chunk_size,
        only_chunks=True,
        storage=Wish(bodies, diff_hunks),
        job_id=job_id,
    )
    run = dry_run if dry_run_ else real_run
    run(repository, repository_id, bounding, store)
