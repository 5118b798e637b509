"""`untrack`: stop capturing a repository, and delete what was captured of it if asked."""

import sys
from collections.abc import Callable

import click

from contributor_backfill.cli.app import open_gateway, recorded
from contributor_backfill.cli.options import FullName, dry_run_option, store_option
from contributor_backfill.cli.orders import DRY_RUN, order_options
from contributor_backfill.cli.output import confirm, echo, hint
from contributor_backfill.cli.progress import Pace
from contributor_backfill.cli.settings import Settings, Store, load
from contributor_backfill.domain.control import (
    REPOSITORIES,
    Candidate,
    Ending,
    Extent,
    Order,
    Reference,
)
from contributor_backfill.domain.errors import BackfillError, InUse

SECONDS_BETWEEN_LINES = 10.0
GOES = {
    "cascade": "they are deleted too",
    "set null": "they stay, and lose the reference",
    "set default": "they stay, and lose the reference",
    "refuse": "they let nothing go",
}


@click.command()
@click.argument("repository", type=FullName(), metavar="OWNER/NAME")
@click.option("--delete-data", is_flag=True, help="Delete everything that was captured of it.")
@click.option("--yes", is_flag=True, help="Do not ask whether the deletion is meant.")
@order_options
@dry_run_option
@store_option
def untrack(
    repository: str,
    *,
    delete_data: bool,
    yes: bool,
    order: Order,
    dry_run_: bool,
    store: Store | None,
) -> None:
    """Stop capturing a repository. What was captured stays; `track` goes on where it stopped.

    With --delete-data everything of it goes, after the rows were counted. It may be interrupted:
    the same command goes on. Contributors, runs and the history stay.
    """
    if delete_data and not (yes or dry_run_ or sys.stdin.isatty()):
        raise click.UsageError(
            f"This deletes everything that was captured of {repository}. Give --yes if that is"
            " meant; --dry-run shows how much it is."
        )
    settings = load()
    candidate, extent = _look(settings, store, repository, counts=delete_data, dry_run=dry_run_)
    if candidate.full_name.lower() != repository.lower():
        echo(f"{repository} is {candidate.full_name} now.", err=True)
    if delete_data:
        _show(candidate, extent)
    if dry_run_:
        echo(DRY_RUN, err=True)
    _check(candidate, extent, delete_data=delete_data)
    if dry_run_ and not delete_data:
        echo(_farewell(candidate))
    if dry_run_:
        return
    # A deletion goes on, though: it may have been cut off.
    if candidate.untracked_at and not delete_data:
        echo(f"Nothing to do: {candidate.full_name} is not tracked any more.")
        return
    if delete_data and not yes:
        confirm(f"Delete all this of {candidate.full_name}?")
    _do(settings, store, candidate, order, delete_data=delete_data)


def _look(
    settings: Settings, store: Store | None, repository: str, *, counts: bool, dry_run: bool
) -> tuple[Candidate, Extent]:
    from contributor_backfill.operations.deletion import measure

    # Counting first, in a transaction that cannot write: a person decides by the numbers.
    with open_gateway(settings, store, read_only=True, bring_up_to_date=not dry_run) as gateway:
        candidate = gateway.peek_untrack(repository)
        extent = measure(gateway, candidate.repository_id) if counts else Extent()
    return candidate, extent


def _show(candidate: Candidate, extent: Extent) -> None:
    """Write how many rows of which tables go, and what becomes of what refers to them."""
    echo(f"Stored of {candidate.full_name}: {extent.rows:,} rows.")
    for table, count in sorted(extent.counts.items(), key=lambda item: (-item[1], item[0])):
        echo(f"  {count:>12,}  {table}")
    for other in extent.others:
        echo(f"  {_reference(other)}")
    echo("Contributors stay, and so do the records of runs and the history.")
    if candidate.is_listed_by_the_site:
        echo("Its row in tracked_repositories stays: the website's people made it.")
    if candidate.issues:
        numbers = ", ".join(f"#{number}" for number in candidate.issues)
        echo(f"Issues that tell of its alerts stay open; close them by hand: {numbers}.")


def _reference(other: Reference) -> str:
    count = "an unknown number of" if other.count is None else f"{other.count:,}"
    becomes = (
        "they stay, and the row in repositories with them"
        if other.target == REPOSITORIES
        else GOES[other.action]
    )
    return f"{count} rows of {other.table} refer to {other.target} ({other.column}): {becomes}"


def _check(candidate: Candidate, extent: Extent, *, delete_data: bool) -> None:
    if candidate.worker:
        raise _in_use(candidate)
    if candidate.deleting_at and not delete_data:
        raise InUse(
            f"{candidate.full_name} is being deleted.",
            advice="Go on with the same command and --delete-data.",
        )
    if extent.refusals:
        tables = ", ".join(f"{r.table}.{r.column} ({r.constraint})" for r in extent.refusals)
        raise BackfillError(
            f"Rows of {candidate.full_name} are referred to by {tables}, which lets none of them"
            " go, so nothing is deleted now.",
            advice="Delete those rows, or set the reference to null, and run the same command.",
        )


def _in_use(candidate: Candidate) -> InUse:
    return InUse(
        f"A run is at work on {candidate.full_name} now; it was left alone.",
        advice="Pause it, and try again when `status` shows nobody at work on it.",
    )


def _do(
    settings: Settings,
    store: Store | None,
    candidate: Candidate,
    order: Order,
    *,
    delete_data: bool,
) -> None:
    from contributor_backfill.operations.deletion import delete

    name = candidate.full_name
    with recorded(settings, store, repository=name, needs_token=False) as run:
        done = run.gateway.untrack_repository(candidate.repository_id, order, deletes=delete_data)
        if done.busy:
            raise _in_use(candidate)
        if not delete_data:
            echo(_farewell(candidate))
            return
        ending = delete(run.gateway, candidate, order, run.clock, _progress())
    _echo_ending(candidate, ending)


def _farewell(candidate: Candidate) -> str:
    name = candidate.full_name
    return (
        f"{name} is not tracked any more. What was captured of it stays; `track {name}` takes it"
        " up where it stood."
    )


def _progress() -> Callable[[int], None]:
    """Return a function that says now and then how many rows were deleted."""
    pace = Pace(SECONDS_BETWEEN_LINES)

    def show(rows: int) -> None:
        if pace.is_due():
            hint(f"{rows:,} rows deleted so far")

    return show


def _echo_ending(candidate: Candidate, ending: Ending) -> None:
    name = candidate.full_name
    echo(f"{name} is not tracked any more; {sum(ending.deleted.values()):,} rows were deleted.")
    if ending.kept_by is not None:
        why = ", ".join(ending.kept_by)
        echo(f"Its row in repositories stays, because of: {why}.")
