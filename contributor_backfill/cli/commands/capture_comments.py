"""`capture-comments`: bring comments up to date, of the conversation and of the diff."""

from typing import Unpack

import click

from contributor_backfill.cli.connections import ListArguments, capture_lists, list_options
from contributor_backfill.domain.sources import Connection, SourceName


@click.command()
@list_options
def capture_comments(**given: Unpack[ListArguments]) -> None:
    """Capture the comments that are still missing, and exit.

    Without numbers: all review comments that changed since the last time, and conversations
    that were longer than their page. With numbers: the comments of exactly these pull requests,
    which are captured first when they are not stored.
    """
    connections = (Connection.COMMENTS, Connection.REVIEW_COMMENTS)
    capture_lists((SourceName.REVIEW_COMMENTS, SourceName.CONNECTIONS), connections, given)
