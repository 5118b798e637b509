"""Every repository in one row."""

from datetime import datetime, timedelta

from contributor_backfill.reports.html.fleet import Fleet, Row
from contributor_backfill.reports.html.panels.backfills import (
    KIND_NAMES,
    completeness,
    next_step,
)
from contributor_backfill.reports.html.parts import NONE, numbers, words
from contributor_backfill.reports.snapshot.backfills import BackfillPanel, RepositoryLine


def repositories(panel: BackfillPanel, now: datetime) -> Fleet:
    """Return the table of all repositories that are tracked."""
    count = len(panel.repositories)
    return Fleet(
        "Repositories",
        f"{count:,} tracked." if count else "No data yet: no repository is tracked.",
        "All repositories",
        [
            *words("Repository", "State"),
            *numbers(
                "Stored", "Of", *(f"{name} %" for name in KIND_NAMES), "Per hour", "Days left"
            ),
            *words("Next attempt"),
        ],
        [_row(line, now) for line in panel.repositories],
    )


def _row(line: RepositoryLine, now: datetime) -> Row:
    counts = line.pull_requests
    days = NONE
    if line.finished_at is not None:
        days = f"{(line.finished_at - now) / timedelta(days=1):.1f}"
    pace = f"{line.hourly_rate:,.0f}" if line.hourly_rate else NONE
    shares = [NONE if share is None else f"{share:g}" for share in completeness(line)]
    figures = [f"{counts.stored:,}", f"{counts.total:,}", *shares, pace, days]
    return line.full_name, line.state, figures, next_step(line)
