"""`history`: what was changed by hand, and by `recover`."""

import click

from contributor_backfill.cli.app import open_gateway
from contributor_backfill.cli.options import (
    json_option,
    repository_options,
    store_option,
)
from contributor_backfill.cli.output import echo, echo_json, echo_lines
from contributor_backfill.cli.settings import Store, load
from contributor_backfill.domain.types import RepositoryId

SHOWN = 50


@click.command()
@repository_options
@json_option
@store_option
def history(
    *,
    repository: str | None,
    repository_id: RepositoryId | None,
    as_json: bool,
    store: Store | None,
) -> None:
    """Show the last fifty changes that a person or `recover` made, the newest first."""
    from contributor_backfill.reports.interventions import line

    with open_gateway(load(), store, read_only=True) as gateway:
        changes = gateway.list_interventions(
            SHOWN, repository_id=repository_id, full_name=repository
        )
    if as_json:
        echo_json(changes)
    elif changes:
        echo_lines(map(line, changes))
    else:
        echo("Nothing was changed by hand.")
