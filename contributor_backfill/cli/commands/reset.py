"""`reset`: begin a backfill afresh."""

import sys

import click

from contributor_backfill.cli.control import Chosen, control, control_options
from contributor_backfill.cli.options import dry_run_option, store_option
from contributor_backfill.cli.output import confirm
from contributor_backfill.cli.settings import Store
from contributor_backfill.domain.control import Action


@click.command()
@control_options(reason_for_all=True)
@click.option("--yes", is_flag=True, help="Do not ask whether it is meant.")
@dry_run_option
@store_option
def reset(
    *,
    about: Chosen,
    yes: bool,
    dry_run_: bool,
    store: Store | None,
) -> None:
    """Begin a backfill afresh from the newest pull request. What is stored stays.

    It spends the points of a whole backfill again. To capture only what failed, `retry`.
    """
    if not (yes or dry_run_):
        _confirm(f"the backfill of {about.name}" if about.name else "every backfill")
    control(
        Action.RESET,
        {},
        about,
        store,
        dry_run=dry_run_,
        nothing="Nothing to reset: no backfill is known. `track --backfill` begins one.",
    )


def _confirm(what: str) -> None:
    if not sys.stdin.isatty():
        raise click.UsageError(f"This begins {what} afresh. Give --yes if that is meant.")
    confirm(f"Begin {what} afresh?")
