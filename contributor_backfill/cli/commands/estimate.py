"""`estimate`: what a capture takes, before anything is spent."""

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import TYPE_CHECKING

import click

from contributor_backfill.cli.github import open_client
from contributor_backfill.cli.options import FullName, storage_options, store_option
from contributor_backfill.cli.output import echo, echo_json
from contributor_backfill.cli.recording import Recording, recorded
from contributor_backfill.cli.settings import Settings, Store, load
from contributor_backfill.cli.stores import has_embedded
from contributor_backfill.domain.clock import SystemClock
from contributor_backfill.domain.storage import UNSAID, Keep, Wish, Wishes

if TYPE_CHECKING:
    from contributor_backfill.db.gateway import Gateway
    from contributor_backfill.domain.estimating import Estimate


@click.command()
@click.option("--repository", type=FullName(), required=True, help="Of this repository.")
@storage_options
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@store_option
def estimate(
    *,
    repository: str,
    bodies: Keep | None,
    diff_hunks: Keep | None,
    as_json: bool,
    store: Store | None,
) -> None:
    """Say what a full capture takes: counts, points, requests, time, money and megabytes.

    It asks GitHub about a sample of pull requests, for six points at most. A database is asked
    where one is configured, named with --store, or embedded and there already: how fast the
    repository was captured so far, and how much of its texts it keeps. If it is tracked there, the
    estimate is stored, for `status` to show. None is needed, and none is made.
    """
    from contributor_backfill.cli.estimate_reporting import echo_estimate
    from contributor_backfill.domain.estimate_document import document

    settings = load()
    wish = Wish(bodies, diff_hunks)
    with _recording(settings, store, repository, wish) as recording:
        found = _estimate(settings, repository, wish, recording)
        is_kept = recording is not None and _keep(recording.gateway, repository, found)
    if as_json:
        echo_json(document(found))
    else:
        echo_estimate(found)
    if is_kept:
        echo("The estimate is stored with the repository.", err=True)


@contextmanager
def _recording(
    settings: Settings, asked: Store | None, repository: str, storage: Wish
) -> Iterator[Recording | None]:
    """Open the database, unless there is none and none was asked for."""
    if asked or settings.names_store or has_embedded(settings):
        with recorded(settings, asked, repository=repository, storage=storage) as recording:
            yield recording
    else:
        yield None


def _estimate(
    settings: Settings, repository: str, wish: Wish, recording: Recording | None
) -> "Estimate":
    from contributor_backfill.domain.effort import UNKNOWN_PACE
    from contributor_backfill.operations.estimate import estimate_capture

    pace, storage = UNKNOWN_PACE, Wishes(wish, settings.storage).storage(UNSAID)
    client = recording.client() if recording else open_client(settings)
    if recording is not None:
        pace, storage = recording.gateway.read_pace(repository)
    # Chance, not secrecy.
    random = Random()  # noqa: S311
    return estimate_capture(
        client, SystemClock(), random, repository, pace=pace, storages=[storage]
    )


def _keep(gateway: "Gateway", repository: str, found: "Estimate") -> bool:
    """Store an estimate if the repository is tracked, perhaps under the name it had before."""
    from contributor_backfill.domain.estimate_document import document

    names = dict.fromkeys((repository, found.full_name))
    return any(gateway.store_estimate(name, document(found)) for name in names)
