"""Change repositories by hand: the options, and doing it, told and on record."""

import getpass
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce, wraps
from typing import Any, cast
from uuid import uuid4

import click

from contributor_backfill.cli.app import open_gateway, recorded
from contributor_backfill.cli.options import ENVIRONMENT, Command, one_of, repository_options
from contributor_backfill.cli.output import echo
from contributor_backfill.cli.settings import Store, load
from contributor_backfill.domain.control import Action, Controlled, Order
from contributor_backfill.domain.errors import InUse
from contributor_backfill.domain.types import RepositoryId

reason_option = click.option("--reason", help="Why; it is kept in the history.")
actor_option = click.option(
    "--actor",
    envvar=[f"{ENVIRONMENT}ACTOR", "GITHUB_ACTOR"],
    help="Who wants it. Default: whoever started the workflow, else your user name.",
)


@dataclass(frozen=True)
class Chosen:
    """Which repositories a command is about, of one or of all, on whose order and why."""

    repository: str | None
    repository_id: RepositoryId | None
    order: Order

    @property
    def name(self) -> str | None:
        """The repository as it was named; null when all are meant."""
        return self.repository or self.repository_id


def order_options(command: Command) -> Command:
    """Add the options that say who wants something, and why. The command gets them as `order`."""

    @wraps(command)
    def ordering(*, actor: str | None, reason: str | None, **further: Any) -> None:
        command(order=new_order(actor, reason), **further)

    return cast("Command", reason_option(actor_option(ordering)))


def control_options(*, reason_for_all: bool = False) -> Callable[[Command], Command]:
    """Add the options that say which repositories are meant, who wants it, and why.

    The command gets them as `about`. With `reason_for_all` nobody does it to all repositories
    without saying why.
    """

    def decorate(command: Command) -> Command:
        @wraps(command)
        def choosing(
            *,
            repository: str | None,
            repository_id: RepositoryId | None,
            all_: bool,
            actor: str | None,
            reason: str | None,
            **further: Any,
        ) -> None:
            one_of(repository, repository_id)
            if bool(repository or repository_id) == all_:
                raise click.UsageError(
                    "Give --repository, --repository-id or --all, and one of them only."
                )
            if all_ and reason_for_all and not (reason or "").strip():
                raise click.UsageError("With --all, say why: --reason TEXT.")
            order = new_order(actor, reason)
            command(about=Chosen(repository, repository_id, order), **further)

        options = (
            reason_option,
            actor_option,
            click.option("--all", "all_", is_flag=True, help="All repositories that are tracked."),
            repository_options,
        )
        return reduce(lambda made, option: option(made), options, cast("Command", choosing))

    return decorate


def new_order(actor: str | None, reason: str | None) -> Order:
    """Return an order as the two options give it; without an actor it is the user's."""
    return Order(str(uuid4()), actor or _user(), reason or None)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container may run under a number that has no name.
        return "unknown"


DRY_RUN = "Dry run: nothing was written. This would be done."


def control(
    action: Action,
    arguments: dict[str, Any],
    about: Chosen,
    store: Store | None,
    *,
    dry_run: bool,
    nothing: str,
) -> None:
    """Do an action to repositories, or say what it would do, in `nothing` if nothing.

    Raises `NotFound` for a repository that is not tracked, and `InUse` when one was left alone.
    """
    settings = load()
    if dry_run:
        with open_gateway(settings, store, read_only=True, bring_up_to_date=False) as gateway:
            controlled = gateway.control_repositories(
                action,
                arguments,
                about.order,
                repository_id=about.repository_id,
                full_name=about.repository,
                rehearsed=True,
            )
        echo(DRY_RUN, err=True)
        _tell(controlled, nothing)
        return
    with recorded(settings, store, repository=about.name, needs_token=False) as run:
        controlled = run.gateway.control_repositories(
            action,
            arguments,
            about.order,
            repository_id=about.repository_id,
            full_name=about.repository,
        )
        _tell(controlled, nothing)


def _tell(controlled: Controlled, nothing: str) -> None:
    from contributor_backfill.reports.interventions import sentence

    for change in controlled.changes:
        echo(sentence(change))
    if controlled.busy:
        raise InUse(
            f"A run is at work on {', '.join(controlled.busy)} now; it was left alone.",
            advice="Pause it, and try again when `status` shows nobody at work on it.",
        )
    if not controlled.changes:
        echo(nothing)
