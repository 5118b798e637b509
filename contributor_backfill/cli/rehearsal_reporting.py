"""A rehearsal in words: how far it is, and what it came to."""

import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

from contributor_backfill.cli.output import echo, echo_json
from contributor_backfill.reports.wording import plural

if TYPE_CHECKING:
    from contributor_backfill.sandbox.rehearsal import Figures, Journal, Plan

HOUR = timedelta(hours=1)


@contextmanager
def watching_rehearsal() -> "Iterator[Callable[[Journal], None]]":
    """Show on stderr how far a rehearsal is: a live line, or one for each simulated hour."""
    if not sys.stderr.isatty():
        yield HourlyLines()
        return
    from contributor_backfill.reports.terminal import cell, console

    with console(sys.stderr).status("The fleet is tracked.") as live:
        yield lambda journal: live.update(cell(_line(journal)))


class HourlyLines:
    """A line whenever another simulated hour is over."""

    def __init__(self) -> None:
        self._hours = 0

    def __call__(self, journal: "Journal") -> None:
        """Say how far it is, if it is time."""
        hours = journal.elapsed // HOUR
        if hours > self._hours:
            self._hours = hours
            echo(_line(journal), err=True)


def _line(journal: "Journal") -> str:
    return (
        f"hour {journal.elapsed // HOUR}: {journal.stored:,} of {journal.total:,} pull requests"
        f" ({journal.share:.1%}), {len(journal.completed_at)} of {len(journal.totals)}"
        " repositories complete"
    )


def echo_figures(plan: "Plan", figures: "Figures", *, as_json: bool) -> None:
    """Print what was reached, and to stderr what it took of this machine."""
    if as_json:
        described = asdict(plan) | {"schedule": plan.schedule.name}
        echo_json({"plan": described, "figures": asdict(figures)})
    else:
        for line in lines(plan, figures):
            echo(line)
    # The unit is kilobytes on Linux, bytes on macOS.
    unit = 1_000_000 if sys.platform == "darwin" else 1_000
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    echo(f"Peak memory of this process, the sandbox in it: {peak:,.0f} MB.", err=True)


def lines(plan: "Plan", it: "Figures") -> Iterator[str]:
    """Yield the figures as sentences."""
    yield (
        f"{it.repositories:,} {'repository' if it.repositories == 1 else 'repositories'} with"
        f" {plural(it.pull_requests, 'pull request')}, the largest {plan.largest:,};"
        f" {plan.limit:,} points an hour; schedule {plan.schedule.name}, seed {plan.seed}."
    )
    if it.days_to_95_percent is None:
        yield f"Not 95 % complete after {it.hours:,.1f} hours: {it.share:.1%} are stored."
    else:
        yield f"95 % complete after {it.days_to_95_percent:.2f} days."
    yield (
        f"At the end, after {it.hours:,.1f} hours: {it.stored:,} stored ({it.share:.1%}),"
        f" {it.complete_repositories:,} repositories complete"
        + (
            f", half of those by hour {it.median_hours_to_complete:,.1f} and the last by hour"
            f" {it.last_hours_to_complete:,.1f}."
            if it.complete_repositories
            else "."
        )
    )
    yield (
        f"Points: {it.points:,}, {it.points_per_hour:,.0f} an hour, in {it.graphql_requests:,}"
        f" queries, {it.timeouts:,} of them timed out; REST requests: {it.rest_requests:,}."
    )
    yield (
        f"Runs: {it.scheduled_runs:,} by cron, {_lateness(it)}, {it.dropped_runs:,} dropped;"
        f" {it.started_by_runs:,} started by the one before;"
        f" {plural(it.failed_jobs, 'job')} failed."
    )
    if it.last_error:
        yield f"The last failure: {it.last_error}"
    yield (
        f"Minutes: {it.billed_minutes:,} billed for {plural(it.jobs, 'job')}; in a private"
        f" repository ${it.dollars_without_plan:,.2f}, or ${it.dollars_beyond_plan:,.2f} with the"
        " minutes of the Free plan; nothing in a public one."
    )


def _lateness(it: "Figures") -> str:
    late = it.median_minutes_late
    return f"half of them {late:,.0f} minutes late or more" if late else "most of them on time"
