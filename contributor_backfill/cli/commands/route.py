"""`route`: decide which processor takes each job that has none yet."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from contributor_backfill.cli.app import open_gateway, recorded
from contributor_backfill.cli.jobs import echo_notes, stranded_notes
from contributor_backfill.cli.options import (
    FullNames,
    dry_run_option,
    json_option,
    store_option,
)
from contributor_backfill.cli.orders import order_options
from contributor_backfill.cli.output import echo, echo_json
from contributor_backfill.cli.settings import Store, load
from contributor_backfill.domain.control import Order
from contributor_backfill.domain.jobs import PROCESSOR_NAMES, Work
from contributor_backfill.domain.routing import Decision, Verdict, decide
from contributor_backfill.domain.runs import Outcome, RunEnd
from contributor_backfill.reports.wording import plural

if TYPE_CHECKING:
    from contributor_backfill.db.gateway import Gateway
    from contributor_backfill.db.gateway.jobs import RoutingSettings

NAMES: Mapping[str, str] = {
    **{str(processor): name for processor, name in PROCESSOR_NAMES.items()},
    Verdict.SKIP: "skipped",
}


BATCH = 2_000
"""Jobs a call: fewer than a megabyte of JSON."""


class Repositories(FullNames):
    """Repositories, or `none`, in lower case."""

    name = "OWNER/NAME,…|none"

    def _read(self, text: str) -> tuple[str, ...]:
        if text.lower() == "none":
            return ()
        return tuple(name.lower() for name in super()._read(text))


@click.command()
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=5_000,
    show_default=True,
    help="Decide at most this many jobs, the oldest first.",
)
@click.option(
    "--target",
    type=click.FloatRange(0, 100),
    help="From now on give GitHub Actions this percentage of the work.",
)
@click.option(
    "--stop/--go",
    "is_stopped",
    default=None,
    help="Stop all routing in an emergency: decide and hand over nothing. --go ends the stop.",
)
@click.option(
    "--include",
    "included",
    type=Repositories(),
    metavar=Repositories.name,
    help="From now on only these take part in the share of GitHub Actions; none: all do.",
)
@click.option(
    "--exclude",
    "excluded",
    type=Repositories(),
    metavar=Repositories.name,
    help="From now on these take no part in it: Inngest does what the share would decide.",
)
@order_options
@dry_run_option
@json_option
@store_option
def route(
    *,
    limit: int,
    target: float | None,
    is_stopped: bool | None,
    included: tuple[str, ...] | None,
    excluded: tuple[str, ...] | None,
    order: Order,
    dry_run_: bool,
    as_json: bool,
    store: Store | None,
) -> None:
    """Decide who takes each job without a processor: Inngest, GitHub Actions, or nobody.

    With --target, --stop, --go, --include or --exclude, set how jobs are routed, and decide none.
    """
    given = {
        "target": None if target is None else target / 100,
        "is_stopped": is_stopped,
        "included": included,
        "excluded": excluded,
    }
    if any(value is not None for value in given.values()):
        if dry_run_:
            raise click.UsageError("--dry-run shows decisions; it goes with no setting.")
        _set(given, order, store)
        return
    settings = load()
    # Without a record, because most looks find nothing to decide.
    with open_gateway(settings, store, read_only=True) as gateway:
        undecided = gateway.undecided_jobs(limit if dry_run_ else 1)
    if undecided.stopped_by:
        echo(f"Routing is stopped ({undecided.stopped_by}): the jobs wait.", err=True)
    elif undecided.jobs and not dry_run_:
        with recorded(settings, store, needs_token=False) as run:
            works, made = _decide(run.gateway, limit)
            notes = stranded_notes(settings, run.gateway)
            run.ends(RunEnd(Outcome.DONE, plural(len(made), "job"), notes=notes))
        _echo_decisions(made, works, as_json=as_json)
        echo_notes(notes)
        return
    decisions = () if undecided.stopped_by else decide(undecided)
    if dry_run_:
        echo("Dry run: nothing was written. This would be decided.", err=True)
    _echo_decisions(decisions, [work for work, _ in undecided.jobs], as_json=as_json)


def _decide(gateway: "Gateway", limit: int) -> tuple[list[Work], list[Decision]]:
    """Decide in batches, which one call of the database can bear; return what this run decided."""
    works: list[Work] = []
    made: list[Decision] = []
    # Other jobs may come or be decided meanwhile, so each batch is read anew.
    while len(works) < limit:
        undecided = gateway.undecided_jobs(min(BATCH, limit - len(works)))
        if not undecided.jobs or undecided.stopped_by:
            break
        decisions = decide(undecided)
        decided = gateway.decide_jobs(undecided, decisions)
        works += [work for work, _ in undecided.jobs]
        made += [decision for decision in decisions if decision.job_id in decided]
    return works, made


def _set(given: dict[str, Any], order: Order, store: Store | None) -> None:
    with recorded(load(), store, needs_token=False) as run:
        for name in (*(given["included"] or ()), *(given["excluded"] or ())):
            run.gateway.read_status(full_name=name)  # `NotFound`: none would notice a wrong one
        settings, is_changed = run.gateway.set_routing(order, **given)
    done = "Set" if is_changed else "Nothing to do, it is so already"
    echo(f"{done}: {_settings(settings)}.")


def _settings(settings: "RoutingSettings") -> str:
    stopped_by = settings.stopped_by
    parts = [
        f"stopped ({stopped_by})" if stopped_by else "not stopped",
        f"{settings.target * 100:g} % of the work to GitHub Actions",
        f"only {', '.join(settings.included)} take part" if settings.included else "",
        f"without {', '.join(settings.excluded)}" if settings.excluded else "",
    ]
    return "; ".join(filter(None, parts))


def _echo_decisions(decisions: Sequence[Decision], works: Sequence[Work], *, as_json: bool) -> None:
    if as_json:
        echo_json([asdict(decision) for decision in decisions])
        return
    if not decisions:
        echo("No job was decided." if works else "No job waits for a decision.")
        return
    by_id = {work.job_id: work for work in works}
    for decision in decisions:
        work = by_id[decision.job_id]
        job = f"{work.job_type} of {work.full_name or 'no repository'}"
        echo(f"{decision.job_id}  {job}: {NAMES[decision.verdict]} ({decision.reason}).")
    counts = Counter(decision.verdict for decision in decisions)
    total = ", ".join(f"{NAMES[verdict]} {count:,}" for verdict, count in sorted(counts.items()))
    echo(f"{len(decisions):,} decided: {total}.", err=True)
