"""`contributor-backfill sandbox`: a local GitHub to rehearse a backfill on."""

import json
import shlex
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contributor_backfill.cli.output import echo, echo_lines, hint, write_whole, writing
from contributor_backfill.cli.settings import OUTSIDE, load
from contributor_backfill.domain.errors import InvalidInput, NotConfigured

if TYPE_CHECKING:
    from contributor_backfill.sandbox import Sandbox


@click.command()
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="0 takes any free port.")
@click.option(
    "--pull-requests",
    type=click.IntRange(min=0),
    help="Size of an invented repository; default 300, or none when there is a --dataset.",
)
@click.option(
    "--dataset",
    "datasets",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A real list, OWNER__NAME.jsonl.gz. May be given several times.",
)
@click.option("--seed", default=1, show_default=True, help="The same seed invents the same world.")
@click.option(
    "--hourly-points",
    type=click.IntRange(min=1),
    default=5_000,
    show_default=True,
    help="Points a token may spend an hour; a GITHUB_TOKEN in Actions has 1,000.",
)
@click.option(
    "--hourly-requests",
    type=click.IntRange(min=1),
    default=5_000,
    show_default=True,
    help="REST requests a token may send an hour; a GITHUB_TOKEN in Actions has 1,000.",
)
@click.option(
    "--latency-ms",
    type=click.FloatRange(min=0),
    default=0.0,
    show_default=True,
    help="How long every response is held back.",
)
@click.option(
    "--milliseconds-per-pull-request",
    type=click.FloatRange(min=0),
    default=0.0,
    show_default=True,
    help="Computed work; a page above 10,000 ms ends in a 502. About 100 on the real GitHub.",
)
@click.option(
    "--ready-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the addresses here, once they answer, instead of printing them.",
)
def sandbox(
    *,
    port: int,
    pull_requests: int | None,
    datasets: tuple[Path, ...],
    seed: int,
    hourly_points: int,
    hourly_requests: int,
    latency_ms: float,
    milliseconds_per_pull_request: float,
    ready_file: Path | None,
) -> None:
    """Run a local GitHub with invented or real pull requests until it is interrupted.

    It answers the same queries with the same limits, prices and errors as GitHub, and any token
    will do, so that a backfill can be rehearsed before it spends quota.
    """
    from contributor_backfill.sandbox import (
        DatasetOptions,
        Limits,
        RepositoryOptions,
        Sandbox,
        WorkModel,
        World,
    )

    size = (0 if datasets else 300) if pull_requests is None else pull_requests
    invented = [RepositoryOptions(pull_requests=size, seed=seed)] if size or not datasets else []
    world = World.of(invented, datasets, DatasetOptions(seed=seed))
    try:
        running = Sandbox(
            world,
            limits=Limits(hourly_points=hourly_points, hourly_requests=hourly_requests),
            work_model=WorkModel(
                latency_milliseconds=latency_ms,
                milliseconds_per_pull_request=milliseconds_per_pull_request,
            ),
            port=port,
        )
    except OSError as error:
        raise InvalidInput(
            f"The port {port} cannot be used: {error.strerror}.",
            advice="Give another --port; 0 takes any that is free.",
        ) from error
    _run(running, ready_file, _store_of_its_own())


def _run(running: "Sandbox", ready_file: Path | None, home: Path) -> None:
    """Serve until SIGINT or SIGTERM."""
    stop = threading.Event()
    # The server ends in order, its threads with it.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with running:
        _announce(running, ready_file, home)
        stop.wait()
    hint("The sandbox has stopped.")


def _announce(running: "Sandbox", ready_file: Path | None, home: Path) -> None:
    """Tell machines the addresses in one JSON line, and people how to use them."""
    names = list(running.world.names())
    line = json.dumps(
        {"graphql_url": running.graphql_url, "api_url": running.url, "repositories": names}
    )
    if ready_file is None:
        echo(line)
    else:
        with writing(ready_file):
            write_whole(ready_file, f"{line}\n")
    echo(f"A local GitHub with {', '.join(names)} answers until you press Ctrl-C.", err=True)
    echo("In another terminal, with a store of its own, whatever .env says:", err=True)
    echo_lines((f"  {line}" for line in _lines(running, names[0], home)), err=True)


def _lines(running: "Sandbox", name: str, home: Path) -> Iterator[str]:
    """Yield what to type so that nothing of a rehearsal reaches what `.env` names."""
    yield (
        f"export GITHUB_TOKEN=sandbox GITHUB_GRAPHQL_URL={running.graphql_url}"
        f" GITHUB_API_URL={running.url}"
    )
    yield f"export CONTRIBUTOR_BACKFILL_HOME={shlex.quote(str(home))}"
    yield f"export {' '.join(f'{variable}=' for variable in OUTSIDE)}"
    yield f"contributor-backfill track {name}"


def _store_of_its_own() -> Path:
    """Return where a rehearsal keeps its data, below the home of real data but apart from it."""
    from contributor_backfill.db.embedded import default_home

    home = None
    # Either may be unusable; whichever command needs it says so.
    with suppress(NotConfigured):
        home = load().home
    with suppress(NotConfigured):
        home = home or default_home()
    return (home or Path.home()).resolve() / "sandbox"
