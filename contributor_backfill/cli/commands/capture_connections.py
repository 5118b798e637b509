"""`capture-reviews` and `capture-comments`: read connections on that are queued or fall short."""

import sys
from dataclasses import replace

import click

from contributor_backfill.cli.capture import (
    RunOptions,
    capture,
    capture_on,
    recorded_run,
    run_options,
)
from contributor_backfill.cli.capture_report import echo_reports
from contributor_backfill.cli.options import (
    ENVIRONMENT,
    Command,
    Numbers,
    max_minutes_option,
    repository_options,
    reserve_option,
)
from contributor_backfill.cli.settings import load
from contributor_backfill.domain.sources import Connection, SourceName, Wanted
from contributor_backfill.domain.types import RepositoryId


def connection_options(command: Command) -> Command:
    """Add the options of both commands."""
    command = max_minutes_option(reserve_option(run_options(command)))
    command = click.option(
        "--pr-numbers",
        "numbers",
        envvar=f"{ENVIRONMENT}PR_NUMBERS",
        type=Numbers(),
        default=(),
        help="Capture exactly these pull requests; needs --repository or --repository-id.",
    )(command)
    return repository_options(command)


@click.command()
@connection_options
def capture_reviews(
    *,
    repository: str | None,
    repository_id: RepositoryId | None,
    numbers: tuple[int, ...],
    options: RunOptions,
) -> None:
    """Capture the reviews that are still missing, and exit.

    Without numbers: lists that were longer than their page, and pull requests whose stored reviews
    are not as many as GitHub counts. With numbers: the reviews of exactly these, which are captured
    first when they are not stored.
    """
    wanted = Wanted(
        (SourceName.CONNECTIONS,),
        (Connection.REVIEWS,),
        repository_id=repository_id,
        full_name=repository,
        numbers=numbers,
    )
    _capture(wanted, options)


@click.command()
@connection_options
def capture_comments(
    *,
    repository: str | None,
    repository_id: RepositoryId | None,
    numbers: tuple[int, ...],
    options: RunOptions,
) -> None:
    """Capture the comments that are still missing, and exit.

    Without numbers: all review comments that changed since the last time, and conversations
    that were longer than their page. With numbers: the comments of exactly these pull requests,
    which are captured first when they are not stored.
    """
    wanted = Wanted(
        (SourceName.REVIEW_COMMENTS, SourceName.CONNECTIONS),
        (Connection.COMMENTS, Connection.REVIEW_COMMENTS),
        repository_id=repository_id,
        full_name=repository,
        numbers=numbers,
    )
    _capture(wanted, options)


def _capture(wanted: Wanted, options: RunOptions) -> None:
    """Capture the sources; with numbers, the connections of these pull requests alone."""
    if wanted.numbers and not wanted.is_one:
        raise click.UsageError("--pr-numbers needs --repository or --repository-id.")
    # A list of review comments since a date would not hold just these pull requests.
    sources = (SourceName.CONNECTIONS,) if wanted.numbers else wanted.sources
    wanted = replace(wanted, sources=sources, hours=0, forced=wanted.is_one)
    if wanted.numbers and not options.is_dry:
        _capture_numbers(wanted, options)
    else:
        capture(wanted, options)


def _capture_numbers(wanted: Wanted, options: RunOptions) -> None:
    """Capture the wanted lists of exactly these pull requests, and those first that are not stored.

    Exits 1 with the numbers that are no pull request, or could not be had.
    """
    from contributor_backfill.domain.errors import NotFound

    settings = load()
    with recorded_run(settings, wanted, options) as recording:
        gateway = recording.gateway
        repository_id, new = gateway.want_connections(
            wanted.numbers,
            wanted.connections,
            "asked for by hand",
            repository_id=wanted.repository_id,
            full_name=wanted.full_name,
        )
        reports = capture_on(recording, settings, wanted, options)
        missing = gateway.numbers_not_stored(repository_id, new) if new else ()
        echo_reports(reports, recording.clock.now())
        if missing:
            raise NotFound(
                f"Not captured: {', '.join(map(str, missing))}.",
                advice="GitHub has no pull request of that number, or could not be asked in time;"
                " `status` shows what went wrong.",
            )
    if any(report.failed for report in reports):
        sys.exit(1)
