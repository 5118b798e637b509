"""`budget`: what a month may take; at a cap everything waits for the next one."""

from collections.abc import Callable

import click

from contributor_backfill.cli.app import open_gateway, recorded
from contributor_backfill.cli.commands.costs import visibility_option
from contributor_backfill.cli.options import Command, Written, json_option, store_option
from contributor_backfill.cli.orders import actor_option, new_order, reason_option
from contributor_backfill.cli.output import echo, echo_json, echo_lines
from contributor_backfill.cli.settings import Settings, Store, load
from contributor_backfill.domain.budget import Measure, MonthlyBudget
from contributor_backfill.domain.clock import SystemClock
from contributor_backfill.domain.prices import Visibility

NONE = "none"
MOST = 1e12
Caps = dict[str, float | None]


class CapValue(Written[str]):
    """A number above zero, or `none`."""

    name = "N|none"

    def _read(self, text: str) -> str:
        cap = text.lower().removeprefix("$")
        try:
            is_number = cap.isascii() and 0 < float(cap) <= MOST
        except ValueError:
            is_number = False
        if cap != NONE and not is_number:
            raise ValueError(f"{text!r} is neither a number above 0 nor none.")
        return cap


def _cap_option(measure: Measure, what: str) -> Callable[[Command], Command]:
    return click.option(f"--{measure}", type=CapValue(), metavar=CapValue.name, help=what)


@click.command()
@_cap_option(Measure.MINUTES, "Billed minutes of Actions.")
@_cap_option(Measure.DOLLARS, "What Actions takes for them, by the prices that `costs` shows.")
@_cap_option(Measure.POINTS, "GraphQL points.")
@_cap_option(Measure.MEGABYTES, "By how much the database may grow.")
@visibility_option
@actor_option
@reason_option
@json_option
@store_option
def budget(
    *,
    minutes: str | None,
    dollars: str | None,
    points: str | None,
    megabytes: str | None,
    visibility: Visibility | None,
    actor: str | None,
    reason: str | None,
    as_json: bool,
    store: Store | None,
) -> None:
    """Show or set what a calendar month (UTC) may take. `none` lifts a cap.

    At 80 % of a cap `alert` warns. At 100 % captures do nothing, without asking GitHub, until the
    month is over or the cap is raised; a run under way comes to its end first.
    """
    given = {
        Measure.MINUTES: minutes,
        Measure.DOLLARS: dollars,
        Measure.POINTS: points,
        Measure.MEGABYTES: megabytes,
    }
    caps = {str(measure): _cap(text) for measure, text in given.items() if text is not None}
    settings = load()
    if not caps:
        with open_gateway(settings, store, read_only=True) as gateway:
            standing = gateway.read_budget()
        _show(standing, as_json=as_json)
        return
    caps |= _terms(caps, settings, visibility)
    from contributor_backfill.reports.interventions import sentence

    with recorded(settings, store, needs_token=False) as run:
        standing, changes = run.gateway.set_budget(caps, new_order(actor, reason))
    for change in changes:
        echo(sentence(change), err=True)
    _show(standing, as_json=as_json)


def _cap(text: str) -> float | None:
    """Return the number that a text stands for, whole where it is, or null for none."""
    if text == NONE:
        return None
    number = float(text)
    return int(number) if number.is_integer() else number


def _terms(caps: Caps, settings: Settings, visibility: Visibility | None) -> Caps:
    """Return the price that a cap on dollars goes by from now on; nothing without such a cap."""
    if caps.get(Measure.DOLLARS) is None:
        return {}
    if visibility is Visibility.PUBLIC:
        raise click.UsageError(
            "Minutes of a public repository cost nothing: cap them with --minutes."
        )
    prices = settings.prices()
    return {
        # A later change of prices must not change what this cap means.
        "dollars_per_minute": prices.minute(SystemClock().now().date()),
        "included_minutes": prices.included,
    }


def _show(standing: MonthlyBudget, *, as_json: bool) -> None:
    from contributor_backfill.reports.budget_words import lines

    if as_json:
        echo_json(standing)
    else:
        echo_lines(lines(standing))
