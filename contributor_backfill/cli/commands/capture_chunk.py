"""`capture-chunk`: one page of one backfill."""

from dataclasses import replace

import click

from contributor_backfill.cli.capture import RunOptions, capture, run_options
from contributor_backfill.cli.options import chunk_size_option, repository_options
from contributor_backfill.domain.sources import SourceName, Wanted
from contributor_backfill.domain.types import RepositoryId


@click.command()
@repository_options
@chunk_size_option
@run_options
def capture_chunk(
    *, repository: str | None, repository_id: RepositoryId | None, options: RunOptions
) -> None:
    """Capture one page of a backfill, and exit."""
    wanted = Wanted((SourceName.BACKFILL,), repository_id=repository_id, full_name=repository)
    capture(wanted, replace(options, max_chunks=1))
