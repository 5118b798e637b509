"""How far backfills are."""

from contributor_backfill.domain.completeness import LISTS
from contributor_backfill.reports.repository_words import next_attempt
from contributor_backfill.reports.sections.parts import (
    NONE,
    Section,
    cut,
    figure,
    minute,
    numbers,
    texts,
)
from contributor_backfill.reports.snapshot.backfills import BackfillPanel, RepositoryLine

TITLE = "Backfills"
COLUMNS = (
    *texts("repository", "state"),
    *numbers("stored", "GitHub", "%"),
    *numbers("reviews", "comments", "inline", needs_room=True),
    *numbers("per hour"),
    *texts("done"),
    *texts("next attempt", "why", needs_room=True),
)


def backfills(panel: BackfillPanel, rows: int) -> Section:
    """Return the backfills that are not at their end."""
    if not panel.has_data:
        lead = "No data: no repository is tracked."
        return Section(TITLE, lead, "contributor-backfill track OWNER/NAME")
    states = ", ".join(f"{count:,} {state}" for state, count in panel.states.items())
    lead = (
        f"{_repositories(len(panel.repositories))}:"
        f" {states}. {panel.stored:,} of {panel.total:,} pull requests are stored"
        f" ({panel.percentage:g} %)."
    )
    shown = panel.open
    grids = [cut(COLUMNS, (_row(line) for line in shown), rows)] if shown else []
    troubled = [line for line in shown if line.last_error]
    notes = [f"{line.full_name}: {line.last_error}" for line in troubled[:rows]]
    return Section(TITLE, lead, panel.source, grids, notes)


def _row(line: RepositoryLine) -> tuple[str, ...]:
    counted = line.kinds or {}
    shares = [counted[kind].percentage if kind in counted else None for kind in LISTS]
    return (
        line.full_name,
        line.state,
        figure(line.pull_requests.stored),
        figure(line.pull_requests.total),
        _percent(line.pull_requests.percentage),
        *(NONE if share is None else f"{_percent(share)} %" for share in shares),
        figure(line.hourly_rate) if line.hourly_rate else NONE,
        minute(line.finished_at),
        *_next(line),
    )


def _percent(share: float | None) -> str:
    """Return percents as they are: 99.9 is not rounded up."""
    return NONE if share is None else f"{share:g}"


def _next(line: RepositoryLine) -> tuple[str, str]:
    """Return when a backfill goes on, and why then."""
    at, words = next_attempt(line)
    return (words, "") if at is None else (minute(at), words)


def _repositories(count: int) -> str:
    return "1 repository" if count == 1 else f"{count:,} repositories"
