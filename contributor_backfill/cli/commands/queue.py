"""`queue`: the jobs that wait, that are under way, and that could not be handed over."""

import sys

import click

from contributor_backfill.cli.control_options import order_options
from contributor_backfill.cli.options import Uuid, store_option
from contributor_backfill.cli.output import echo, echo_json
from contributor_backfill.cli.recording import recorded
from contributor_backfill.cli.settings import Store, load
from contributor_backfill.cli.stores import open_gateway
from contributor_backfill.domain.control import Order


@click.command()
@click.option(
    "--limit",
    type=click.IntRange(1, 1_000),
    default=50,
    show_default=True,
    help="Show so many at most of those that wait, that are under way, and that are dead.",
)
@click.option("--revive", "job_id", type=Uuid(), help="Put this dead letter back into the queue.")
@order_options
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
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
    from contributor_backfill.cli.queue_reporting import print_queue
    from contributor_backfill.reports.terminal import console

    with open_gateway(load(), store, read_only=True) as gateway:
        document = gateway.read_queue(limit)
    if as_json:
        shown = {name: document[name] for name in ("jobs", "totals", "undecided")}
        echo_json(shown)
    else:
        print_queue(console(sys.stdout), document)


def _revive(job_id: str, order: Order, store: Store | None) -> None:
    with recorded(load(), store, needs_token=False) as run:
        is_revived, state = run.gateway.revive_job(job_id, order)
    if is_revived:
        echo(f"Job {job_id} waits again to be handed over.")
    else:
        echo(f"Nothing to do: job {job_id} is no dead letter, it is {state}.")
