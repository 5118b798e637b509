"""`sync-historical`: bring what changed lately up to date."""

from datetime import UTC, datetime, timedelta

import click

from contributor_backfill.cli.capture import RunOptions, capture, run_options
from contributor_backfill.cli.options import (
    ENVIRONMENT,
    LONGEST_DAYS,
    Span,
    max_minutes_option,
    repository_options,
    reserve_option,
)
from contributor_backfill.domain.sources import SourceName, Wanted
from contributor_backfill.domain.types import RepositoryId

DATE_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S"]


@click.command()
@repository_options
@click.option(
    "--days", envvar=f"{ENVIRONMENT}DAYS", type=Span(LONGEST_DAYS), help="Go back this far."
)
@click.option("--since", type=click.DateTime(DATE_FORMATS), help="Go back to this moment, in UTC.")
@click.option(
    "--max-items",
    envvar=f"{ENVIRONMENT}MAX_ITEMS",
    type=click.IntRange(min=1),
    default=1_000,
    show_default=True,
    help="Stop after this many pull requests; the next run goes on from there.",
)
@click.option(
    "--force",
    envvar=f"{ENVIRONMENT}FORCE",
    is_flag=True,
    help="Sync also what was synced less than 12 hours ago.",
)
@click.option("--reason", help="Why it is synced although it was lately; implies --force.")
@max_minutes_option
@reserve_option
@run_options
def sync_historical(
    *,
    repository: str | None,
    repository_id: RepositoryId | None,
    days: float | None,
    since: datetime | None,
    force: bool,
    reason: str | None,
    options: RunOptions,
) -> None:
    """Bring the pull requests that changed lately up to date, with all that hangs on them.

    Without a window it goes back to the last sync, and five minutes further. A repository that was
    synced less than 12 hours ago is skipped, unless its backfill is active: then the last day is
    synced. Every sync begins a backfill where one is needed.
    """
    if days is not None and since is not None:
        raise click.UsageError("Give --days or --since, not both.")
    wanted = Wanted(
        sources=(SourceName.SYNC, SourceName.REVIEW_COMMENTS, SourceName.CONNECTIONS),
        repository_id=repository_id,
        full_name=repository,
        forced=force or reason is not None,
        while_backfilled=True,
        since=_window(days, since),
        reason=reason,
    )
    capture(wanted, options)


def _window(days: float | None, since: datetime | None) -> datetime | None:
    now = datetime.now(UTC)
    if days is not None:
        return now - timedelta(days=days)
    if since is None:
        return None
    # click reads a time without a zone; GitHub's times are all in UTC.
    moment = since.replace(tzinfo=UTC)
    if moment > now:
        raise click.UsageError(f"--since {since:%Y-%m-%dT%H:%M:%SZ} is not over yet.")
    return moment
