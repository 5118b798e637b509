"""Measure captures: points, requests, database calls, CPU, memory, time. Prints JSON."""

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from contributor_backfill.domain.bounds import reserve_points
from contributor_backfill.sandbox import World
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
from scripts.bench_walk import invented, walk_figures
from scripts.bench_whole import production_figures, reconciliation_figures, whole_figures
from tests.support.commands import Commands

HEAVY = ("supabase", "psycopg", "requests", "httpx", "rich", "graphql")


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
@click.option(
    "--only",
    type=click.Choice(
        [
            "walks",
            "commit",
            "whole",
            "reconciliation",
            "production",
            "planner",
            "renames",
            "snapshot",
            "faults",
            "fresh",
            "growth",
            "refresh",
            "totals",
            "latency",
            "fleet",
        ]
    ),
)
def bench(
    *,
    pull_requests: tuple[int, ...],
    dataset: tuple[Path, ...],
    store: str,
    items: int,
    whole: int,
    reconcile: int,
    lists: Path | None,
    only: str | None,
) -> None:
    """Capture sandbox repositories of these sizes, or real lists, and print the figures."""
    figures: dict[str, Any] = {}
    if only in {None, "walks"}:
        worlds = [World.of(datasets=[path]) for path in dataset]
        worlds = worlds or [invented(count, items) for count in pull_requests]
        figures["captures"] = [walk_figures(world, store) for world in worlds]
        figures["help"] = _help()
        figures["forecast_110000"] = _forecast()
    if only in {None, "commit"}:
        figures["commit"] = commit_figures(70)
    if only in {None, "whole"}:
        figures["whole"] = whole_figures(whole)
    if lists and only in {None, "planner"}:
        figures["planner"] = planner_figures(lists, range(13, 16))
    if only in {None, "production"}:
        figures["production"] = production_figures(5 * whole)
    if only in {None, "reconciliation"}:
        figures["reconciliation"] = reconciliation_figures(reconcile)
    if only in {None, "faults"}:
        figures["faults"] = fault_figures(2 * whole)
    figures |= _of_the_quota(only, whole) | _of_the_database(only)
    click.echo(json.dumps(figures, indent=2))


def _of_the_quota(only: str | None, whole: int) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    if only in {None, "refresh"}:
        figures["refresh"] = refresh_figures(2 * whole)
    if only in {None, "totals"}:
        figures["totals"] = totals_figures(whole)
    if only in {None, "latency"}:
        figures["latency"] = latency_figures(whole)
    if only in {None, "fleet"}:
        figures["fleet"] = fleet_figures()
    return figures


def _of_the_database(only: str | None) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    if only in {None, "renames"}:
        figures["renames"] = rename_figures(10, 20_000)
    if only in {None, "fresh"}:
        figures["fresh"] = fresh_figures(2_000)
    if only in {None, "growth"}:
        figures["growth"] = growth_figures(200, 500, 20_000)
    if only in {None, "snapshot"}:
        figures["snapshot"] = snapshot_figures(2_000, 1_000_000, 100_000)
    return figures


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
