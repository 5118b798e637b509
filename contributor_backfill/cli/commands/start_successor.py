"""`start-successor`: a run that leaves work behind starts the next one itself."""

from typing import TYPE_CHECKING

import click

from contributor_backfill.actions.runner import branch, dispatched_inputs, workflow_run
from contributor_backfill.cli.app import recorded
from contributor_backfill.cli.options import FullName, Span, WorkflowFile, store_option
from contributor_backfill.cli.output import echo
from contributor_backfill.cli.settings import Store, load
from contributor_backfill.domain.errors import NotConfigured
from contributor_backfill.domain.runs import Outcome, RunEnd
from contributor_backfill.reports.wording import at

if TYPE_CHECKING:
    from contributor_backfill.operations.successor import Succession

FEWEST_MINUTES = 5.0
OF_ONE_RUN = frozenset({"job_id"})
"""Inputs that are for one run and not for the next."""


@click.command()
@click.option("--workflow", type=WorkflowFile(), default="progressive-backfill.yml")
@click.option("--repository", type=FullName(), help="Default: the one whose workflow this is.")
@click.option("--reference", help="Branch or tag. Default: that of this run.")
@click.option(
    "--minutes",
    type=Span(24 * 60),
    default=FEWEST_MINUTES,
    show_default=True,
    help="Start none if the last successor was started less than this ago.",
)
@store_option
def start_successor(
    *,
    workflow: str,
    repository: str | None,
    reference: str | None,
    minutes: float,
    store: Store | None,
) -> None:
    """Start the next run of a workflow, with the inputs of this one.

    It is for runs that end with work and quota left, because cron may come hours late. At most one
    run waits or works beside this one, and they never follow each other in a tight loop.
    """
    from contributor_backfill.operations.successor import Workflow, start

    where = workflow_run()
    repository = repository or (where.repository if where else None)
    reference = reference or branch()
    if not repository or not reference:
        raise NotConfigured(
            "Outside of Actions nobody knows whose workflow it is.",
            advice="Give --repository OWNER/NAME and --reference BRANCH.",
        )
    # What one run was started for is not what the next one is for.
    inputs = {k: v for k, v in dispatched_inputs().items() if k not in OF_ONE_RUN}
    with recorded(load(), store, repository=repository, spends=True) as run:
        succession = start(
            run.gateway,
            run.client(),
            Workflow(repository, workflow, reference),
            run_id=where.run_id if where else None,
            inputs=inputs,
            minutes=minutes,
        )
        sentence = _sentence(succession, workflow, minutes)
        run.ends(RunEnd(Outcome.DONE, "started" if succession.is_started else "not needed"))
    echo(sentence)


def _sentence(succession: "Succession", workflow: str, minutes: float) -> str:
    if succession.other_run_id is not None:
        return f"Not started: run {succession.other_run_id} of {workflow} is under way already."
    if succession.last_started_at is not None:
        last = at(succession.last_started_at)
        return f"Not started: the last one was at {last}, less than {minutes:g} minutes ago."
    return f"The next run of {workflow} is started."
