"""Measure captures: points, requests, database calls, CPU, memory, time. Prints JSON."""

import json
import math
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from contributor_backfill.domain.bounds import reserve_points
from contributor_backfill.sandbox import World
from scripts.bench_backfill import backfill_figures, invented
from scripts.bench_commit import commit_figures
from scripts.bench_faults import fault_figures
from scripts.bench_fleet import fleet_figures
from scripts.bench_fresh import fresh_figures
from scripts.bench_growth import growth_figures
from scripts.bench_latency import latency_figures
from scripts.bench_planner import planner_figures
from scripts.bench_refresh import refresh_figures
from scripts.bench_renames import rename_figures
from scripts.bench_rig import measured
from scripts.bench_snapshot import snapshot_figures
from scripts.bench_totals import totals_figures
from scripts.bench_whole import production_figures, reconciliation_figures, whole_figures
from tests.support.commands import Commands

HEAVY = ("supabase", "psycopg", "requests", "httpx", "rich", "graphql")


@dataclass(frozen=True, slots=True)
class Sizes:
    """What is measured, and how much of it."""

    pull_requests: tuple[int, ...]
    dataset: tuple[Path, ...]
    store: str
    items: int
    whole: int
    reconcile: int
    lists: Path | None


def _backfill_figures(sizes: Sizes) -> dict[str, Any]:
    worlds = [World.of(datasets=[path]) for path in sizes.dataset]
    worlds = worlds or [invented(count, sizes.items) for count in sizes.pull_requests]
    return {
        "captures": [backfill_figures(world, sizes.store) for world in worlds],
        "help": _help(),
        "forecast_110000": _forecast(),
    }


def _planner_figures(sizes: Sizes) -> dict[str, Any]:
    return {"planner": planner_figures(sizes.lists, range(13, 16))} if sizes.lists else {}


MEASURES: Mapping[str, Callable[[Sizes], dict[str, Any]]] = {
    "backfills": _backfill_figures,
    "commit": lambda _: {"commit": commit_figures(70)},
    "whole": lambda sizes: {"whole": whole_figures(sizes.whole)},
    "planner": _planner_figures,
    "production": lambda sizes: {"production": production_figures(5 * sizes.whole)},
    "reconciliation": lambda sizes: {"reconciliation": reconciliation_figures(sizes.reconcile)},
    "faults": lambda sizes: {"faults": fault_figures(2 * sizes.whole)},
    "refresh": lambda sizes: {"refresh": refresh_figures(2 * sizes.whole)},
    "totals": lambda sizes: {"totals": totals_figures(sizes.whole)},
    "latency": lambda sizes: {"latency": latency_figures(sizes.whole)},
    "fleet": lambda _: {"fleet": fleet_figures()},
    "renames": lambda _: {"renames": rename_figures(10, 20_000)},
    "fresh": lambda _: {"fresh": fresh_figures(2_000)},
    "growth": lambda _: {"growth": growth_figures(200, 500, 20_000)},
    "snapshot": lambda _: {"snapshot": snapshot_figures(2_000, 1_000_000, 100_000)},
}
"""What can be measured, in the order in which it is."""


@click.command()
@click.option("--pull-requests", type=int, multiple=True, default=(2_000, 25_000))
@click.option("--dataset", type=click.Path(exists=True, path_type=Path), multiple=True)
@click.option("--store", type=click.Choice(["postgres", "supabase"]), default="postgres")
@click.option("--items", default=3, show_default=True, help="Reviews and comments each.")
@click.option("--whole", default=1_000, show_default=True, help="Size of the complete captures.")
@click.option("--reconcile", default=25_000, show_default=True, help="Size of the one reconciled.")
@click.option(
    "--lists",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Real lists on which the page planners are compared.",
)
@click.option("--only", type=click.Choice(list(MEASURES)))
def bench(*, only: str | None, **sizes: Any) -> None:
    """Capture sandbox repositories of these sizes, or real lists, and print the figures."""
    figures: dict[str, Any] = {}
    for name in [only] if only else MEASURES:
        figures |= MEASURES[name](Sizes(**sizes))
    click.echo(json.dumps(figures, indent=2))


def _help() -> dict[str, Any]:
    commands = Commands({}, Path())
    seconds = min(measured(commands, "--help").wall_seconds for _ in range(7))
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, contributor_backfill.cli.main; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return {"seconds": round(seconds, 3), "heavy_imports": [m for m in HEAVY if m in loaded]}


def _forecast() -> dict[str, Any]:
    """Calculate how long 110,000 pull requests take under 1,000 points an hour, a page a point.

    The slower of two paces decides: the points that an hour allows, and the minutes that runs get.
    """
    pages, seconds_a_page = math.ceil(110_000 / 37), 4.3
    by_points, by_time = 1_000 - reserve_points(1_000, None), 3_600 / seconds_a_page
    return {
        "seconds_a_page": seconds_a_page,
        "without_pause": {"pages": pages, "hours": pages / min(by_points, by_time)},
        "five_minutes_every_thirty": {"pages": pages, "hours": pages / min(by_points, by_time / 6)},
    }


if __name__ == "__main__":
    bench()
