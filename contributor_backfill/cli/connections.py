"""What `capture-reviews` and `capture-comments` share: options, and what follows from them."""

import sys
from collections.abc import Callable
from typing import Any, TypedDict, TypeVar

import click

from contributor_backfill.cli.capture import (
    Bounding,
    capture,
    capture_on,
    dry_run,
    recorded_run,
)
from contributor_backfill.cli.capture_report import echo_reports
from contributor_backfill.cli.options import (
    ENVIRONMENT,
    Numbers,
    dry_run_option,
    job_option,
    max_minutes_option,
    repository_options,
    reserve_option,
    storage_options,
    store_option,
)
from contributor_backfill.cli.settings import Settings, Store, load
from contributor_backfill.domain.sources import Connection, SourceName, Wanted
from contributor_backfill.domain.storage import Keep, Wish
from contributor_backfill.domain.types import RepositoryId

Command = TypeVar("Command", bound=Callable[..., Any])


class ListArguments(TypedDict):
    """The options by their names."""

    repository: str | None
    repository_id: RepositoryId | None
    pr_numbers: tuple[int, ...]
    max_minutes: float
    reserve: int | None
    bodies: Keep | None
    diff_hunks: Keep | None
    job_id: str | None
    dry_run_: bool
    store: Store | None


def list_options(command: Command) -> Command:
    """Add the options."""
    options = (
        store_option,
        dry_run_option,
        job_option,
        storage_options,
        reserve_option,
        max_minutes_option,
    )
    for option in options:
        command = option(command)
    command = click.option(
        "--pr-numbers",
        envvar=f"{ENVIRONMENT}PR_NUMBERS",
        type=Numbers(),
        default=(),
        help="Capture exactly these pull requests; needs --repository or --repository-id.",
    )(command)
    return repository_options(command)


def capture_lists(
    sources: tuple[SourceName, ...], connections: tuple[Connection, ...], given: ListArguments
) -> None:
    """Capture these sources; with numbers, the lists of these pull requests alone."""
    repository, repository_id = given["repository"], given["repository_id"]
    numbers = given["pr_numbers"]
    is_one = bool(repository or repository_id)
    if numbers and not is_one:
        raise click.UsageError("--pr-numbers needs --repository or --repository-id.")
    wanted = Wanted(
        sources=(SourceName.CONNECTIONS,) if numbers else sources,
        connections=connections,
        repository_id=repository_id,
        full_name=repository,
        numbers=numbers,
        hours=0,
        forced=is_one,
    )
    storage = Wish(given["bodies"], given["diff_hunks"])
    bounding = Bounding(
        given["max_minutes"], given["reserve"], storage=storage, job_id=given["job_id"]
    )
    if given["dry_run_"]:
        dry_run(wanted, bounding, given["store"])
    elif numbers:
        _capture_numbers(load(), wanted, bounding, given["store"])
    else:
        capture(wanted, bounding, given["store"])


def _capture_numbers(
    settings: Settings, wanted: Wanted, bounding: Bounding, store: Store | None
) -> None:
    """Capture the wanted lists of exactly these pull requests, and those first that are not stored.

    Exits 1 with the numbers that are no pull request, or could not be had.
    """
    from contributor_backfill.domain.errors import NotFound

    with recorded_run(settings, wanted, bounding, store) as recording:
        gateway = recording.gateway
        repository_id, new = gateway.want_connections(
            wanted.numbers,
            wanted.connections,
            "asked for by hand",
            repository_id=wanted.repository_id,
            full_name=wanted.full_name,
        )
        reports = capture_on(recording, settings, wanted, bounding)
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
