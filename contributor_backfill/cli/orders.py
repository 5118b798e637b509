"""Who wants something that is done by hand, and why: it is kept in the history."""

import getpass
from functools import wraps
from typing import Any, cast
from uuid import uuid4

import click

from contributor_backfill.cli.options import ENVIRONMENT, Command
from contributor_backfill.domain.control import Order

DRY_RUN = "Dry run: nothing was written. This would be done."

reason_option = click.option("--reason", help="Why; it is kept in the history.")
actor_option = click.option(
    "--actor",
    envvar=[f"{ENVIRONMENT}ACTOR", "GITHUB_ACTOR"],
    help="Who wants it. Default: whoever started the workflow, else your user name.",
)


def order_options(command: Command) -> Command:
    """Add the options that say who wants something, and why. The command gets them as `order`."""

    @wraps(command)
    def ordering(*, actor: str | None, reason: str | None, **further: Any) -> None:
        command(order=new_order(actor, reason), **further)

    return cast("Command", reason_option(actor_option(ordering)))


def new_order(actor: str | None, reason: str | None) -> Order:
    """Return an order as the two options give it; without an actor it is the user's."""
    return Order(str(uuid4()), actor or _user(), reason or None)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container may run under a number that has no name.
        return "unknown"
