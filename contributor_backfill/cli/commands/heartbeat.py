"""`heartbeat`: have Supabase itself start the workflow on time."""

import click

from contributor_backfill.cli.options import FullName, WorkflowFile
from contributor_backfill.cli.output import echo_own
from contributor_backfill.cli.settings import load
from contributor_backfill.db.schema import in_schema


@click.command()
@click.option("--print", "print_", is_flag=True, required=True, help="Write the SQL to stdout.")
@click.option(
    "--repository", type=FullName(), required=True, help="The repository with the workflow."
)
@click.option("--workflow", type=WorkflowFile(), default="progressive-backfill.yml")
@click.option("--reference", default="main", show_default=True, help="Branch or tag.")
@click.option(
    "--minutes",
    type=click.IntRange(5, 59),
    default=30,
    show_default=True,
    help="How often, counted from the full hour.",
)
@click.option(
    "--alarm",
    is_flag=True,
    help="Write the SQL that calls a webhook when no run has begun for a day, instead.",
)
@click.option("--remove", is_flag=True, help="Write the SQL that takes it away again.")
def heartbeat(
    *,
    print_: bool,  # noqa: ARG001  # there is nothing but printing, and it is said
    repository: str,
    workflow: str,
    reference: str,
    minutes: int,
    alarm: bool,
    remove: bool,
) -> None:
    """Write the SQL that makes Supabase start the workflow on time, for its SQL editor.

    GitHub's own schedule comes hours late or not at all; pg_cron and pg_net do not. GitHub's token
    stays in Supabase's Vault: the SQL says how to put it there, and never contains it. A workflow
    that GitHub has disabled, after 60 days without activity, nobody can start: --alarm is for that.
    """
    from contributor_backfill.operations.heartbeat import alarm as alarm_sql
    from contributor_backfill.operations.heartbeat import removal, schedule

    if remove:
        text = removal(repository, workflow)
    elif alarm:
        text = alarm_sql(repository, workflow)
    else:
        text = schedule(repository, workflow, reference, minutes)
    # The SQL holds no secret: GitHub's token is put into the Vault by hand.
    echo_own(in_schema(text, load().schema).rstrip("\n"))
