"""The snapshot in words, panel by panel, for a terminal and for Markdown."""

from contributor_backfill.reports.sections.backfills import backfills
from contributor_backfill.reports.sections.captures import captures
from contributor_backfill.reports.sections.costs import costs
from contributor_backfill.reports.sections.data import data
from contributor_backfill.reports.sections.parts import Section
from contributor_backfill.reports.sections.processors import processors
from contributor_backfill.reports.sections.quotas import quotas
from contributor_backfill.reports.sections.runs import errors, observability, runs
from contributor_backfill.reports.snapshot import Snapshot

ROWS = 12
"""How many rows of a table are shown."""


def sections(snapshot: Snapshot, rows: int = ROWS) -> tuple[Section, ...]:
    """Return every panel, with as many rows of each table at most."""
    return (
        backfills(snapshot.backfills, rows),
        captures(snapshot.captures, rows),
        quotas(snapshot.quota, rows),
        runs(snapshot.runs, rows),
        errors(snapshot.runs, rows),
        observability(snapshot.runs),
        processors(snapshot.routing),
        costs(snapshot.cost, rows),
        data(snapshot.data, rows),
    )
