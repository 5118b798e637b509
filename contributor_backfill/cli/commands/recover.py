"""`recover`: put in order what lost runs, expired pauses and lost repositories left behind."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from uuid import uuid4

import click

from contributor_backfill.cli.app import open_client, open_gateway, recorded
from contributor_backfill.cli.options import (
    LONGEST_MINUTES,
    Span,
    dry_run_option,
    json_option,
    store_option,
)
from contributor_backfill.cli.orders import DRY_RUN
from contributor_backfill.cli.output import echo, echo_json, echo_lines
from contributor_backfill.cli.settings import Settings, Store, load
from contributor_backfill.domain.clock import Clock, SystemClock
from contributor_backfill.domain.control import AccessFinding, Change, Order
from contributor_backfill.domain.runs import Outcome, RunEnd
from contributor_backfill.reports.wording import at, plural

if TYPE_CHECKING:
    from contributor_backfill.db.gateway import Gateway
    from contributor_backfill.github.client import GitHubClient

ACTOR = "recover"
MOST_ASKED = 100
"""Repositories, which one query of one point asks about."""
NO_TOKEN = "GITHUB_TOKEN is not set: GitHub was not asked about repositories in trouble."  # noqa: S105  # a sentence, not a token
Settle = Callable[[Iterable[AccessFinding]], tuple[Change, ...]]


@click.command()
@click.option(
    "--stuck-minutes",
    type=Span(LONGEST_MINUTES),
    default=30,
    show_default=True,
    help="Free what a run still holds this long after its time was over.",
)
@dry_run_option
@json_option
@store_option
def recover(*, stuck_minutes: float, dry_run_: bool, as_json: bool, store: Store | None) -> None:
    """Clean up after lost runs, and ask GitHub what became of repositories with problems.

    It is safe beside runs that are at work: what somebody holds is left alone. Each change is one
    line of `history`.
    """
    settings = load()
    if dry_run_:
        _show(settings, store, stuck_minutes, as_json=as_json)
        return
    changes: tuple[Change, ...] = ()
    with recorded(settings, store, needs_token=False) as run:
        try:
            changes = run.gateway.recover(_order(), stuck_minutes)
            client = run.client() if settings.github_token else None
            # Postgres returns what an order changed, so the second step has an order of its own.
            order = _order()
            settled, waits = _settle(
                run.gateway, client, run.clock, lambda v: run.gateway.note_access(v, order)
            )
            changes += settled
        finally:
            # What was done is told, also when GitHub then fails.
            _echo_changes(changes, as_json=as_json)
        outcome = Outcome.DEFERRED if waits else Outcome.DONE
        run.ends(RunEnd(outcome, plural(len(changes), "change")))


def _show(settings: Settings, store: Store | None, stuck_minutes: float, *, as_json: bool) -> None:
    """Say what would be done, in transactions that cannot write."""
    clock, order = SystemClock(), _order()
    with open_gateway(settings, store, read_only=True, bring_up_to_date=False) as gateway:
        changes = gateway.recover(order, stuck_minutes, rehearsed=True)
        client = open_client(settings, clock) if settings.github_token else None
        settled, _ = _settle(
            gateway, client, clock, lambda v: gateway.note_access(v, order, rehearsed=True)
        )
    echo(DRY_RUN, err=True)
    _echo_changes(changes + settled, as_json=as_json)


def _settle(
    gateway: "Gateway", client: "GitHubClient | None", clock: Clock, settle: Settle
) -> tuple[tuple[Change, ...], bool]:
    """Ask GitHub about repositories with problems; return the changes, and whether to wait."""
    from contributor_backfill.capture.fetcher import Deferred
    from contributor_backfill.operations.recovery import ask_about

    # The rest of the recovery needs no GitHub.
    if client is None:
        echo(NO_TOKEN, err=True)
        return (), False
    verdicts = ask_about(client, clock, gateway.find_suspects(MOST_ASKED))
    if isinstance(verdicts, Deferred):
        echo(f"GitHub asks to wait until {at(verdicts.until)}: {verdicts.reason}", err=True)
        return (), True
    return (settle(verdicts) if verdicts else ()), False


def _order() -> Order:
    return Order(str(uuid4()), ACTOR)


def _echo_changes(changes: tuple[Change, ...], *, as_json: bool) -> None:
    from contributor_backfill.reports import interventions

    if as_json:
        echo_json(changes)
    elif changes:
        echo_lines(map(interventions.sentence, changes))
    else:
        echo("Nothing to recover.")
