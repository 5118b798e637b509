"""`enqueue`: add a job for Inngest or GitHub Actions."""

import click

from contributor_backfill.cli.app import recorded
from contributor_backfill.cli.options import (
    ENVIRONMENT,
    FullName,
    Numbers,
    json_option,
    store_option,
)
from contributor_backfill.cli.output import echo, echo_json
from contributor_backfill.cli.settings import Store, load
from contributor_backfill.domain.jobs import LISTS, SYNCS, JobType
from contributor_backfill.domain.types import Priority

LONGEST_DAYS = 3_650


@click.command()
@click.option(
    "--type",
    "job_type",
    type=click.Choice([str(job_type) for job_type in JobType], case_sensitive=False),
    required=True,
    help="What is to be done.",
)
@click.option(
    "--repository",
    type=FullName(),
    required=True,
    envvar=f"{ENVIRONMENT}REPOSITORY",
    help="The repository of the job.",
)
@click.option(
    "--days",
    type=click.IntRange(1, LONGEST_DAYS),
    envvar=f"{ENVIRONMENT}DAYS",
    help="How far back: for historical-pr-sync and recent-prs.",
)
@click.option(
    "--priority",
    type=click.Choice(Priority, case_sensitive=False),
    default=Priority.MEDIUM,
    show_default=True,
    help="How urgently it is to be done.",
)
@click.option(
    "--pr-numbers",
    type=Numbers(),
    envvar=f"{ENVIRONMENT}PR_NUMBERS",
    help="Exactly these pull requests: for reviews and comments.",
)
@json_option
@store_option
def enqueue(
    *,
    job_type: str,
    repository: str,
    days: int | None,
    priority: Priority,
    pr_numbers: tuple[int, ...] | None,
    as_json: bool,
    store: Store | None,
) -> None:
    """Add one job, unless it waits or runs already, and print its id.

    `route` decides who does it, and `dispatch` hands it over.
    """
    of_type = JobType(job_type)
    if days is not None and of_type not in SYNCS:
        raise click.UsageError(f"--days says nothing to a job of the type {job_type}.")
    if pr_numbers and of_type not in LISTS:
        raise click.UsageError(f"--pr-numbers says nothing to a job of the type {job_type}.")
    with recorded(load(), store, repository=repository, needs_token=False) as run:
        job = run.gateway.enqueue_job(
            of_type, repository, days=days, priority=priority, pr_numbers=pr_numbers
        )
    if as_json:
        echo_json(vars(job))
        return
    echo(job.job_id)
    if job.is_new:
        echo(f"Added: {job_type} of {job.repository}.", err=True)
    else:
        echo(f"It is there already, and {job.status}: nothing was added.", err=True)
