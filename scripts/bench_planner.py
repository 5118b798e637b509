"""Compare page planners on real lists and models of GitHub's time. Prints JSON.

GitHub's true latency could not be measured where this was built: the models are guesses around the
few measurements of other clients (25 pull requests with lists in 2.5 to 3.4 s, 50 in 4.9 s,
100 in 7.8 to 10.2 s and then refused), one lighter, one heavier, one that swings.
"""

import json
from contextlib import closing
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.sandbox import (
    Limits,
    Sandbox,
    SandboxClock,
    Spending,
    WorkModel,
    World,
)
from scripts.planner_replay import (
    Figures,
    FixedTable,
    HalvingAlone,
    Learning,
    Planner,
    RuleOfThumb,
    loads,
    replay,
)
from tests.support.captures import rig
from tests.support.databases import new_database, server_in_memory

MODELS = {
    "light": WorkModel(
        milliseconds_per_request=300,
        milliseconds_per_pull_request=25,
        milliseconds_per_node=2,
        milliseconds_per_kilobyte=2,
        milliseconds_per_changed_file=3,
        noise=0.25,
    ),
    "middle": WorkModel(
        milliseconds_per_request=400,
        milliseconds_per_pull_request=80,
        milliseconds_per_node=4,
        milliseconds_per_kilobyte=3,
        milliseconds_per_changed_file=10,
        noise=0.3,
    ),
    "heavy": WorkModel(
        milliseconds_per_request=500,
        milliseconds_per_pull_request=300,
        milliseconds_per_node=10,
        milliseconds_per_kilobyte=8,
        milliseconds_per_changed_file=30,
        noise=0.35,
    ),
    "drifting": WorkModel(
        milliseconds_per_request=400,
        milliseconds_per_pull_request=120,
        milliseconds_per_node=6,
        milliseconds_per_kilobyte=5,
        milliseconds_per_changed_file=12,
        noise=0.3,
        drift=0.7,
    ),
}
PLANNERS: dict[str, type[Planner]] = {
    "fixed table": FixedTable,
    "halving alone": HalvingAlone,
    "rule of thumb": RuleOfThumb,
    "learning": Learning,
}


def planner_figures(lists: Path, seeds: range) -> dict[str, Any]:
    """Replay every list on every model with every planner; sums over lists and seeds at the end."""
    held = {path.name.split(".jsonl")[0]: loads(path) for path in sorted(lists.glob("*.jsonl.gz"))}
    lines = [
        {
            "list": name,
            "model": model,
            "planner": planner,
            **_figures(pull_requests, model, planner, seeds),
        }
        for name, pull_requests in held.items()
        for model in MODELS
        for planner in PLANNERS
    ]
    return {
        "models": {name: asdict(model) for name, model in MODELS.items()},
        "seeds": list(seeds),
        "agreement": agreement(min(lists.glob("*.jsonl.gz"))),
        "lists": lines,
        "sums": [
            {"model": model, "planner": planner, **_sums(lines, model, planner)}
            for model in MODELS
            for planner in PLANNERS
        ],
    }


def agreement(path: Path) -> dict[str, Any]:
    """Capture one list through the sandbox, and replay it: without noise, both take the same."""
    model = replace(MODELS["heavy"], noise=0.0, spending=Spending.CLOCK)
    plenty = Limits(hourly_points=1_000_000, points_a_minute=None)
    # A clock that stands still but for GitHub's work: what this machine takes is not the model's.
    clock = SandboxClock(datetime.now(UTC))
    with (
        Sandbox(World.of(datasets=[path]), limits=plenty, work_model=model, clock=clock) as sandbox,
        server_in_memory() as server,
        closing(PostgresTransport(new_database(server, migrated=True).conninfo)) as transport,
    ):
        work = rig(sandbox, Gateway(transport))
        (name,) = sandbox.world.names()
        work.track(name)
        before = sandbox.counters()
        assert not work.run(minutes=100_000).failed
        after = sandbox.counters()
    taken = {key: after[key] - before[key] for key in ("timeouts", "points", "executed")}
    pages = taken.pop("executed") - taken["timeouts"]
    return {
        "list": path.name,
        "sandbox": asdict(Figures(**taken, pages=pages)),
        "replay": asdict(replay(loads(path), model, Learning())),
    }


def _figures(held: list[Any], model: str, planner: str, seeds: range) -> dict[str, int]:
    runs = [replay(held, replace(MODELS[model], seed=seed), PLANNERS[planner]()) for seed in seeds]
    return {
        name: sum(getattr(run, name) for run in runs) for name in ("timeouts", "points", "pages")
    }


def _sums(lines: list[dict[str, Any]], model: str, planner: str) -> dict[str, int]:
    mine = [line for line in lines if (line["model"], line["planner"]) == (model, planner)]
    return {name: sum(line[name] for line in mine) for name in ("timeouts", "points", "pages")}


@click.command()
@click.option("--lists", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--seeds", default=2, show_default=True, help="How many draws of the models' noise.")
@click.option(
    "--first-seed",
    default=13,
    show_default=True,
    help="The planner's constants were chosen on the seeds 1 to 12.",
)
def bench(*, lists: Path, seeds: int, first_seed: int) -> None:
    """Replay the real lists of a directory and print the figures."""
    drawn = range(first_seed, first_seed + seeds)
    click.echo(json.dumps(planner_figures(lists, drawn), indent=2))


if __name__ == "__main__":
    bench()
