"""`doctor`: every prerequisite, what was found, and the next step."""

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from contributor_backfill.cli.app import open_client, open_gateway
from contributor_backfill.cli.jobs import WAY_OUT, stranded
from contributor_backfill.cli.options import store_option
from contributor_backfill.cli.output import hint
from contributor_backfill.cli.settings import Settings, Store, load
from contributor_backfill.domain.clock import SystemClock
from contributor_backfill.domain.errors import BackfillError, NotConfigured

if TYPE_CHECKING:
    from contributor_backfill.operations.doctor import Check


@click.command()
@store_option
def doctor(*, store: Store | None) -> None:
    """Check the token, its limits, the database and the clocks. Exit 3 when something is amiss."""
    settings = load()
    hint(f"Asking GitHub at {settings.github_hosts} what the token may do.")
    from contributor_backfill.operations.doctor import Result
    from contributor_backfill.reports.terminal import console, print_checks

    checks = [*_github(settings), *_database(settings, store)]
    rows = ((c.result.value, c.name, _found(c), c.next_step) for c in checks)
    print_checks(console(sys.stdout), rows)
    if problems := [c.name for c in checks if c.result is Result.PROBLEM]:
        raise NotConfigured(
            f"Not ready: {', '.join(problems)}.", advice="See the next steps above."
        )


def _found(check: "Check") -> str:
    """Return what was found, and beside it what is wanted where that is something else."""
    is_met = check.result.value == "ok" or not check.wanted
    return check.found if is_met else f"{check.found}; wanted: {check.wanted}"


def _github(settings: Settings) -> list["Check"]:
    from contributor_backfill.operations.doctor import CLOCK, Check, Result, check_github

    endpoint = Check("endpoints", Result.OK, settings.github_hosts)
    try:
        # Each token is checked by itself; a client chooses among them by owner.
        client = open_client(replace(settings, github_tokens={}))
    except BackfillError as error:
        return [endpoint, Check("token", Result.PROBLEM, error.message, error.advice)]
    found = check_github(client, settings.github_token, SystemClock())
    for owner, token in settings.github_tokens.items():
        alone = replace(settings, github_token=token, github_tokens={})
        checks = check_github(open_client(alone), token, SystemClock())
        found += [
            replace(
                check,
                name=f"{check.name} of {owner}",
                next_step=check.next_step.replace("GITHUB_TOKEN ", "its entry in GITHUB_TOKENS "),
            )
            for check in checks
            # GitHub's clock is the same whoever asks.
            if check.name != CLOCK
        ]
    return [endpoint, *found]


def _database(settings: Settings, asked: Store | None) -> list["Check"]:
    from contributor_backfill.operations.doctor import Check, Result, check_database

    try:
        store = settings.store(asked)
        with open_gateway(settings, store, check_version=False) as gateway:
            found = check_database(gateway, SystemClock())
            is_usable = all(check.result is not Result.PROBLEM for check in found)
            reason = stranded(settings, gateway) if is_usable else ""
    except BackfillError as error:
        return [Check("database", Result.PROBLEM, error.message, error.advice)]
    location = Check("store", Result.OK, f"{store.value}, {settings.location(store)}")
    wanted = "a key, or no job for Inngest"
    jobs = [Check("jobs", Result.WARNING, reason, WAY_OUT, wanted)] if reason else []
    return [location, *found, *jobs]
