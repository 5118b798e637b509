"""`capture-chunk`: capture one chunk and exit."""

import click

from contributor_backfill.cli.capture import Bounding, capture, dry_run
from contributor_backfill.cli.options import (
    chunk_size_option,
    dry_run_option,
    job_option,
    repository_options,
    storage_options,
    store_option,
)
from contributor_backfill.cli.settings import Store
from contributor_backfill.domain.sources import SourceName, Wanted
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
    wanted = Wanted((SourceName.BACKFILL,), repository_id=repository_id, full_name=repository)
    bounding = Bounding(
        max_chunks=1, chunk_size=chunk_size, storage=Wish(bodies, diff_hunks), job_id=job_id
    )
    (dry_run if dry_run_ else capture)(wanted, bounding, store)
