"""`status`: how every repository stands."""

import sys

import click

from contributor_backfill.cli.app import open_gateway
from contributor_backfill.cli.options import one_of, repository_options, store_option
from contributor_backfill.cli.output import echo, echo_json
from contributor_backfill.cli.settings import Store, load
from contributor_backfill.domain.clock import SystemClock
from contributor_backfill.domain.types import RepositoryId


@click.command()
@repository_options
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@store_option
def status(
    *,
    repository: str | None,
    repository_id: RepositoryId | None,
    as_json: bool,
    store: Store | None,
) -> None:
    """Show stored and GitHub's counts, pace, state and trouble of every repository."""
    one_of(repository, repository_id)
    from contributor_backfill.reports.budget_words import sentence
    from contributor_backfill.reports.standing import standing
    from contributor_backfill.reports.terminal import console, print_standings

    with open_gateway(load(), store, read_only=True) as gateway:
        lines = gateway.read_status(repository_id=repository_id, full_name=repository)
        budget = gateway.read_budget()
    standings = [standing(line, SystemClock().now()) for line in lines]
    if as_json:
        echo_json([s.as_json for s in standings])
    elif standings:
        if said := sentence(budget):
            echo(said)
        print_standings(console(sys.stdout), standings)
    else:
        echo("No repository is tracked. Begin with: contributor-backfill track OWNER/NAME")
