"""Change repositories by hand: done or only shown, told, and kept on record."""

from typing import Any

from contributor_backfill.cli.control_options import Chosen
from contributor_backfill.cli.output import echo
from contributor_backfill.cli.recording import recorded
from contributor_backfill.cli.settings import Store, load
from contributor_backfill.cli.stores import open_gateway
from contributor_backfill.domain.control import Action, Controlled
from contributor_backfill.domain.errors import InUse

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
