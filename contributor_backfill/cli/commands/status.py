"""`status`: how every repository stands."""

import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from contributor_backfill.cli.app import open_gateway
from contributor_backfill.cli.options import (
    Written,
    json_option,
    need_terminal,
    repository_options,
    store_option,
    watch_options,
)
from contributor_backfill.cli.output import echo, echo_json
from contributor_backfill.cli.settings import Store, load
from contributor_backfill.domain.clock import SystemClock
from contributor_backfill.domain.types import RepositoryId

if TYPE_CHECKING:
    from contributor_backfill.reports.standing import Standing

SHOWN = 50
STATES = ("failed", "paused", "being deleted", "incomplete", "active", "tracked", "complete")
PRIORITIES = ("critical", "high", "medium", "low")
FILTERS = {"state": STATES, "priority": PRIORITIES}
SORTS = ("attention", "name", "state", "stored", "total", "done")


class Filter(Written[tuple[str, str]]):
    """NAME=VALUE, of what repositories can be told apart by."""

    name = "NAME=VALUE"

    def _read(self, text: str) -> tuple[str, str]:
        name, _, wanted = text.partition("=")
        wanted = wanted.replace("-", " ").strip().lower()
        if name not in FILTERS:
            raise ValueError(f"{text!r} is none of state=… and priority=….")
        if wanted not in FILTERS[name]:
            raise ValueError(f"{wanted!r} is no {name}: take one of {', '.join(FILTERS[name])}.")
        return name, wanted


@click.command()
@repository_options
@click.option("--all", "shows_all", is_flag=True, help=f"Every line, not the first {SHOWN}.")
@click.option(
    "--filter",
    "filters",
    type=Filter(),
    metavar="state=STATE",
    multiple=True,
    help="Only these: state=paused, priority=high. May be given again.",
)
@click.option(
    "--sort",
    "order",
    type=click.Choice(SORTS, case_sensitive=False),
    default="attention",
    show_default=True,
    help="What comes first; attention is what needs a person.",
)
@watch_options
@json_option
@store_option
def status(
    *,
    repository: str | None,
    repository_id: RepositoryId | None,
    shows_all: bool,
    filters: tuple[tuple[str, str], ...],
    order: str,
    watches: bool,
    interval: float,
    as_json: bool,
    store: Store | None,
) -> None:
    """Show how much of every repository is stored, its state, and when it is done.

    One line each; --repository, or a terminal of 120 columns, shows all that is known.
    """
    is_one = bool(repository or repository_id)
    if watches and as_json:
        raise click.UsageError("Give one of --watch and --json.")
    if watches:
        need_terminal()
    from contributor_backfill.reports.budget_words import sentence
    from contributor_backfill.reports.repository_words import behind_words
    from contributor_backfill.reports.standing import standing

    with open_gateway(load(), store, read_only=True) as gateway:

        def read() -> "list[Standing]":
            lines = gateway.read_status(repository_id=repository_id, full_name=repository)
            now = SystemClock().now()
            return _chosen((standing(line, now) for line in lines), filters, order)

        if watches:
            _watch(read, interval, in_full=is_one)
            return
        standings = read()
        headlines = [] if as_json or not standings else [sentence(gateway.read_budget())]
        if headlines and not is_one and not filters:
            headlines.append(behind_words(gateway.read_behind()))
    if as_json:
        echo_json(standings)
    elif standings:
        for line in filter(None, headlines):
            echo(line)
        _print(standings, in_full=is_one, shows_all=shows_all)
    elif filters:
        echo("No repository is like that. Without --filter every one is shown.")
    else:
        echo("No repository is tracked. Begin with: contributor-backfill track OWNER/NAME")


def _chosen(
    standings: "Iterable[Standing]", filters: Sequence[tuple[str, str]], order: str
) -> "list[Standing]":
    """Return the standings that are asked for: of the same name any value, of several names all."""
    wanted: dict[str, set[str]] = {}
    for name, value in filters:
        wanted.setdefault(name, set()).add(value)
    kept = [s for s in standings if all(str(getattr(s, n)) in v for n, v in wanted.items())]
    return sorted(kept, key=_keys()[order])


def _keys() -> "dict[str, Callable[[Standing], Any]]":
    from contributor_backfill.reports.repository_words import rank

    return {
        "attention": rank,
        "name": lambda s: s.full_name.lower(),
        "state": lambda s: (STATES.index(s.state), s.full_name.lower()),
        "stored": lambda s: (s.percentage, rank(s)),
        "total": lambda s: (-s.total, rank(s)),
        # What is known to be done soonest first, what nobody knows last.
        "done": lambda s: (
            s.state != "active",
            s.finished_at is None,
            s.finished_at or SystemClock().now(),
            rank(s),
        ),
    }


def _print(standings: "Sequence[Standing]", *, in_full: bool, shows_all: bool) -> None:
    from contributor_backfill.reports.terminal import console
    from contributor_backfill.reports.terminal.status import print_standings

    shown = standings if shows_all else standings[:SHOWN]
    print_standings(console(sys.stdout), shown, SystemClock().now(), in_full=in_full)
    left = standings[len(shown) :]
    if left:
        counted = [s.state for s in left]
        states = ", ".join(f"{counted.count(n):,} {n}" for n in STATES if n in counted)
        echo(f"and {len(left):,} more: {states}. --all shows them.")


def _watch(read: "Callable[[], list[Standing]]", interval: float, *, in_full: bool) -> None:
    from contributor_backfill.reports.terminal import console
    from contributor_backfill.reports.terminal.status import watch_standings

    clock = SystemClock()
    # Ctrl-C is how it is meant to end.
    with suppress(KeyboardInterrupt):
        watch_standings(
            console(sys.stdout), read, clock.now, lambda: clock.sleep(interval), in_full=in_full
        )
