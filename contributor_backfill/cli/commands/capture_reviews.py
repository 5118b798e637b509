"""`capture-reviews`: read on the lists of reviews that are queued or fall short."""

from typing import Unpack

import click

from contributor_backfill.cli.connections import ListArguments, capture_lists, list_options
from contributor_backfill.domain.sources import Connection, SourceName


@click.command()
@list_options
def capture_reviews(**given: Unpack[ListArguments]) -> None:
    """Capture the reviews that are still missing, and exit.

    Without numbers: lists that were longer than their page, and pull requests whose stored reviews
    are not as many as GitHub counts. With numbers: the reviews of exactly these, which are captured
    first when they are not stored.
    """
    capture_lists((SourceName.CONNECTIONS,), (Connection.REVIEWS,), given)
