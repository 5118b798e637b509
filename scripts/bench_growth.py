"""Measure what calls cost in a small database and in a large one. Prints JSON.

Both are filled by SQL from the real tables. The calls alternate, and what they change is taken
back. Milliseconds are of the server's CPU; "waited" is the time until the answer came.

What is about one thing may take half as long again in the large database; what speaks of all
repositories, and a piece of what is to be done in a giant, may take a second.
"""

import json
from collections.abc import Mapping
from statistics import median
from typing import Any

import click

from tests.support.databases import Database, new_database, server_in_memory
from tests.support.growth import CALLS, Call, Scope, look
from tests.support.large_fleet import fill_fleet

LOOKS = 3
"""How often each call is looked at in each database; the middle one counts."""
SMALL = (20, 50)
"""Repositories, and pull requests of each, in the small database."""
MOST = {Scope.ONE: 20, Scope.ALL: 1_000, Scope.GIANT: 1_000}
"""Milliseconds that a call may take in the large database."""
MOST_TIMES = 1.5
"""How many times as long a call about one thing may take there."""


def growth_figures(
    repositories: int, pull_requests: int, giant: int, only: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Fill a small database and one of that size, and return what each call takes in both."""
    with server_in_memory() as server:
        databases = {name: new_database(server, migrated=True) for name in ("small", "large")}
        fill_fleet(databases["small"], *SMALL, SMALL[1] * 2)
        fill_fleet(databases["large"], repositories, pull_requests, giant)
        sizes = {"repositories": repositories, "pull_requests": pull_requests, "giant": giant}
        return sizes | compared(databases, only)


def compared(databases: Mapping[str, Database], only: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return what each call takes in a small and a large database, and which take too much."""
    chosen = {name: call for name, call in CALLS.items() if not only or name in only}
    calls = {name: _figures(databases, call) for name, call in chosen.items()}
    beyond = [name for name, call in chosen.items() if _is_beyond(call, calls[name])]
    return {"calls": calls, "beyond_their_goal": beyond}


def _is_beyond(call: Call, figures: Mapping[str, Any]) -> bool:
    return figures["large"]["milliseconds"] > MOST[call.scope] or (
        call.scope is Scope.ONE and figures["ratio"] > MOST_TIMES
    )


def _figures(databases: Mapping[str, Database], call: Call) -> dict[str, Any]:
    looks: dict[str, list[dict[str, Any]]] = {name: [] for name in databases}
    for _ in range(LOOKS):
        for name, database in databases.items():
            looks[name].append(look(database, call))
    figures: dict[str, Any] = {name: _median(times) for name, times in looks.items()}
    ratio = figures["large"]["milliseconds"] / figures["small"]["milliseconds"]
    return figures | {"ratio": round(ratio, 2)}


def _median(looks: list[dict[str, Any]]) -> dict[str, Any]:
    middle = {
        what: round(median(look[what] for look in looks), 1)
        for what in ("milliseconds", "waited", "rows", "buffers")
    }
    return {**middle, "scanned": looks[0]["scanned"]} if looks[0]["scanned"] else middle


@click.command()
@click.option("--repositories", default=2_000, show_default=True)
@click.option("--pull-requests", default=500, show_default=True, help="Of each repository.")
@click.option("--giant", default=100_000, show_default=True, help="Pull requests of the first.")
@click.option("--only", multiple=True, type=click.Choice(list(CALLS)))
@click.option("--filled", nargs=2, help="Addresses of a small and a large database, filled before.")
def bench(
    *,
    repositories: int,
    pull_requests: int,
    giant: int,
    only: tuple[str, ...],
    filled: tuple[str, str] | None,
) -> None:
    """Print the figures."""
    if filled:
        figures = compared(dict(zip(("small", "large"), map(Database, filled), strict=True)), only)
    else:
        figures = growth_figures(repositories, pull_requests, giant, only)
    click.echo(json.dumps(figures, indent=2))


if __name__ == "__main__":
    bench()
