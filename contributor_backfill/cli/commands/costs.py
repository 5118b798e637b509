"""`costs`: what a month has cost, what it will, and what Inngest alone would have."""

import re
import sys
from dataclasses import replace
from datetime import UTC, datetime

import click

from contributor_backfill.cli.app import open_gateway
from contributor_backfill.cli.options import ENVIRONMENT, Written, json_option, store_option
from contributor_backfill.cli.output import echo_json
from contributor_backfill.cli.settings import Store, load
from contributor_backfill.domain.clock import SystemClock
from contributor_backfill.domain.prices import Visibility


class Month(Written[datetime]):
    """A calendar month in UTC, by its first moment."""

    name = "YYYY-MM"

    def _read(self, text: str) -> datetime:
        month = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", text)
        year = int(month[1]) if month else 0
        if month is None or not 2000 <= year < 9999:
            raise ValueError(f"{text!r} is not a month such as 2026-11.")
        return datetime(year, int(month[2]), 1, tzinfo=UTC)


visibility_option = click.option(
    "--visibility",
    type=click.Choice(Visibility, case_sensitive=False),
    envvar=f"{ENVIRONMENT}VISIBILITY",
    help="Whether the workflows' repository is public, where no run recorded it.",
)


@click.command()
@click.option("--month", type=Month(), metavar=Month.name, help="Default: this one, in UTC.")
@visibility_option
@json_option
@store_option
def costs(
    *, month: datetime | None, visibility: Visibility | None, as_json: bool, store: Store | None
) -> None:
    """Show what a month has cost, by command and repository, and what it will have cost.

    And what the same work would have cost on Inngest alone, with the formula. Prices are those of
    GitHub and Inngest; a TOML file that CONTRIBUTOR_BACKFILL_PRICES names replaces any of them.
    """
    from contributor_backfill.reports.cost_standing import cost_standing
    from contributor_backfill.reports.panels.cost import cost
    from contributor_backfill.reports.snapshot import HOST
    from contributor_backfill.reports.terminal import console
    from contributor_backfill.reports.terminal.panels import print_alone

    settings = load()
    prices = settings.prices()
    now = SystemClock().now()
    # GitHub bills by the month in UTC.
    begins_at = month or now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    if begins_at > now:
        raise click.UsageError(f"--month {begins_at:%Y-%m} has not begun.")
    with open_gateway(settings, store, read_only=True) as gateway:
        usage, budget = gateway.read_costs(begins_at, _next_month(begins_at))
    standing = cost_standing(usage, budget, prices, now, visibility)
    if as_json:
        echo_json(standing)
    else:
        panel = cost(standing, HOST)
        if not standing.has_data:
            panel = replace(panel, lead=f"{begins_at:%B %Y}: no data, nothing ran.")
        print_alone(console(sys.stdout), panel)


def _next_month(begins_at: datetime) -> datetime:
    years, month = divmod(begins_at.month, 12)
    return begins_at.replace(year=begins_at.year + years, month=month + 1)
