"""`pause`: capture nothing of a repository until it is resumed."""

import click

from contributor_backfill.cli.control import Chosen, control, control_options
from contributor_backfill.cli.options import Span, dry_run_option, store_option
from contributor_backfill.cli.settings import Store
from contributor_backfill.domain.control import Action

LONGEST_PAUSE = 366 * 24 * 60
"""Minutes."""


@click.command()
@control_options(reason_for_all=True)
@click.option(
    "--minutes", type=Span(LONGEST_PAUSE), help="End the pause by itself. Default: `resume` does."
)
@dry_run_option
@store_option
def pause(
    *,
    about: Chosen,
    minutes: float | None,
    dry_run_: bool,
    store: Store | None,
) -> None:
    """Pause the capture of a repository: its backfill, its syncs, its lists.

    A run that is at work on it now ends its turn first. Nothing is lost: it goes on where it stood.
    """
    control(
        Action.PAUSE,
        {"minutes": minutes},
        about,
        store,
        dry_run=dry_run_,
        nothing=f"Nothing to do: {about.name or 'every repository'} is paused already.",
    )
