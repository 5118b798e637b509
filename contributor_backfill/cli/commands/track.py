"""`track`: take a repository in."""

import click

from contributor_backfill.cli.app import recorded
from contributor_backfill.cli.options import FullName, storage_options, store_option
from contributor_backfill.cli.output import echo, hint
from contributor_backfill.cli.settings import Store, load
from contributor_backfill.domain.storage import Keep, Wish
from contributor_backfill.domain.types import Priority


@click.command()
@click.argument("repository", type=FullName(), metavar="OWNER/NAME")
@click.option(
    "--priority",
    type=click.Choice(Priority, case_sensitive=False),
    help="How urgently it is served. Default: medium, or what it has.",
)
@click.option(
    "--backfill/--no-backfill",
    default=None,
    help="Capture the history, or do not. Default: when less than 80 % of it is stored.",
)
@click.option(
    "--publish-private",
    is_flag=True,
    help="Track a private repository although others than the service role can read the database.",
)
@storage_options
@store_option
def track(
    repository: str,
    *,
    priority: Priority | None,
    backfill: bool | None,
    publish_private: bool,
    bodies: Keep | None,
    diff_hunks: Keep | None,
    store: Store | None,
) -> None:
    """Track a repository, and begin its backfill when it needs one.

    What --bodies and --diff-hunks say is remembered for every capture of it. A private repository
    is refused where `anon` or `authenticated` can read the database.
    """
    from contributor_backfill.github.repositories import look_up
    from contributor_backfill.operations.intake import take_in

    settings = load()
    with recorded(settings, store, repository=repository) as recording:
        row, _ = look_up(recording.client(), repository)
        intake = take_in(
            recording.gateway,
            row,
            priority,
            backfill,
            Wish(bodies, diff_hunks),
            publish_private=publish_private,
        )
    if intake.full_name.lower() != repository.lower():
        echo(f"{repository} is {intake.full_name} now.", err=True)
    echo(
        f"{intake.full_name} is tracked at {intake.tracked.priority} priority:"
        f" {intake.total:,} pull requests on GitHub."
    )
    verb = "A backfill begins" if intake.started else "No backfill is begun"
    echo(f"{verb}: {intake.reason}.")
    if intake.started:
        hint("Next: contributor-backfill progressive-backfill")
