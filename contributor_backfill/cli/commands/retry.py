"""`retry`: try again what failed."""

import click

from contributor_backfill.cli.control import Chosen, control, control_options
from contributor_backfill.cli.options import dry_run_option, store_option
from contributor_backfill.cli.settings import Store
from contributor_backfill.domain.control import Action


@click.command()
@control_options()
@dry_run_option
@store_option
def retry(
    *,
    about: Chosen,
    dry_run_: bool,
    store: Store | None,
) -> None:
    """Try again what failed: a backfill, chunks that were given up, rows that were rejected.

    A backfill that failed goes on where it stood. What it went past is queued by number, so that
    exactly that is captured and the backfill keeps its place.
    """
    control(
        Action.RETRY,
        {},
        about,
        store,
        dry_run=dry_run_,
        nothing="Nothing to retry. `reconcile --full` finds whatever is missing all the same.",
    )
