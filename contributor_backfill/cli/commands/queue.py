"""`queue`: the jobs that wait, that are under way, and that could not be handed over."""

import sys
from typing import TYPE_CHECKING, Any

import click

from contributor_backfill.cli.app import open_gateway, recorded
from contributor_backfill.cli.jobs import echo_notes, stranded_notes
from contributor_backfill.cli.options import Uuid, json_option, store_option
from contributor_backfill.cli.orders import order_options
from contributor_backfill.cli.output import echo, echo_json
from contributor_backfill.cli.settings import Store, load
from contributor_backfill.db.rows import moment
from contributor_backfill.domain.control import Order
from contributor_backfill.domain.jobs import PROCESSOR_NAMES, Processor
from contributor_backfill.reports.wording import at, plural

if TYPE_CHECKING:
    from rich.console import Console


@click.command()
@click.option(
    "--limit",
    type=click.IntRange(1, 1_000),
    default=50,
    show_default=True,
    help="Show at most this many jobs of each kind: waiting, under way, given up.",
)
@click.option("--revive", "job_id", type=Uuid(), help="Put this dead letter back into the queue.")
@order_options
@json_option
@store_option
def queue(
    *, limit: int, job_id: str | None, order: Order, as_json: bool, store: Store | None
) -> None:
    """Show the jobs in the order in which they are handed over, and what became of the others.

    The order is priority, then repository by repository in turn, then age.
    """
    if job_id is not None:
        _revive(job_id, order, store)
        return
    from contributor_backfill.reports.terminal import console

    settings = load()
    with open_gateway(settings, store, read_only=True) as gateway:
        document = gateway.read_queue(limit)
        notes = stranded_notes(settings, gateway)
    if as_json:
        shown = {name: document[name] for name in ("jobs", "totals", "undecided")}
        echo_json(shown)
    else:
        print_queue(console(sys.stdout), document)
    echo_notes(notes)


def _revive(job_id: str, order: Order, store: Store | None) -> None:
    with recorded(load(), store, needs_token=False) as run:
        is_revived, state = run.gateway.revive_job(job_id, order)
    if is_revived:
        echo(f"Job {job_id} waits again to be handed over.")
    else:
        echo(f"Nothing to do: job {job_id} is no dead letter, it is {state}.")


STATES = {"dispatched": "handed over", "dead": "given up"}


def print_queue(out: "Console", document: dict[str, Any]) -> None:
    """Print the jobs in their order, then what is still undecided."""
    from rich.table import Table

    from contributor_backfill.reports.terminal import cell

    jobs = document["jobs"]
    if jobs:
        table = Table(box=None, pad_edge=False)
        for heading in ("job", "type", "repository", "priority", "who does it", "state", "why"):
            table.add_column(heading, overflow="fold")
        for job in jobs:
            table.add_row(*map(cell, _cells(job)))
        out.print(table)
        out.print(cell(_totals(document["totals"])))
    else:
        out.print("No job waits, is under way, or was given up.")
    if document["undecided"]:
        undecided = plural(document["undecided"], "job")
        out.print(f"{undecided} that nobody does yet; decide who: contributor-backfill route")


def _cells(job: dict[str, Any]) -> tuple[str, ...]:
    state = STATES.get(job["state"], job["state"])
    if job["next_attempt_at"]:
        state = f"{state} until {at(moment(job['next_attempt_at']))}"
    return (
        job["job_id"],
        job["job_type"],
        job["repository"] or "-",
        job["priority"],
        PROCESSOR_NAMES[Processor(job["processor"])],
        state,
        job["error"] or job["reason"],
    )


def _totals(totals: dict[str, int]) -> str:
    return ", ".join(f"{STATES.get(state, state)} {count:,}" for state, count in totals.items())
