"""`resume`: end a pause, or a wait."""

import click

from contributor_backfill.cli.control import Chosen, control, control_options
from contributor_backfill.cli.options import store_option
from contributor_backfill.cli.settings import Store
from contributor_backfill.domain.control import Action


@click.command()
@control_options()
@store_option
def resume(
    *,
    about: Chosen,
    store: Store | None,
) -> None:
    """End a pause, whether a person or errors made it, and every wait for a next attempt."""
    control(
        Action.RESUME,
        {},
        about,
        store,
        dry_run=False,
        nothing=f"Nothing to do: {about.name} is neither paused nor waiting."
        if about.name
        else "Nothing to do: no repository is paused, and none waits.",
    )
