"""The queue as a table."""

from typing import Any

from rich.console import Console
from rich.table import Table

from contributor_backfill.db.reading import moment
from contributor_backfill.domain.jobs import PROCESSOR_NAMES, Processor
from contributor_backfill.reports.terminal import cell
from contributor_backfill.reports.wording import at, plural

STATES = {"dispatched": "handed over", "dead": "given up"}


def print_queue(out: Console, document: dict[str, Any]) -> None:
    """Print the jobs in their order, then what is still undecided."""
    jobs = document["jobs"]
    if jobs:
        table = Table(box=None, pad_edge=False)
        for heading in ("job", "type", "repository", "priority", "processor", "state", "why"):
            table.add_column(heading, overflow="fold")
        for job in jobs:
            table.add_row(*map(cell, _cells(job)))
        out.print(table)
        out.print(cell(_totals(document["totals"])))
    else:
        out.print("No job waits, is under way, or was given up.")
    if document["undecided"]:
        many = plural(document["undecided"], "job")
        out.print(f"{many} without a processor yet; decide with: contributor-backfill route")


def _cells(job: dict[str, Any]) -> tuple[str, ...]:
    state = STATES.get(job["state"], job["state"])
    if job["next_attempt_at"]:
        state = f"{state} until {at(moment(job['next_attempt_at']))}"
    return (
        job["job_id"],
        job["job_type"],
        job["repository"] or "-",
        job["priority"],
        PROCESSOR_NAMES[Processor(job["processor"])],
        state,
        job["error"] or job["reason"],
    )


def _totals(totals: dict[str, int]) -> str:
    return ", ".join(f"{STATES.get(state, state)} {many:,}" for state, many in totals.items())
