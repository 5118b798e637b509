"""How far the backfills are, and which of them are not at their end."""

from contributor_backfill.domain.completeness import KINDS
from contributor_backfill.reports.html.parts import (
    NONE,
    Card,
    Cell,
    Panel,
    Table,
    beginning,
    moment,
    number,
    numbers,
    repository,
    words,
)
from contributor_backfill.reports.repository_words import next_attempt
from contributor_backfill.reports.snapshot.backfills import BackfillPanel, RepositoryLine

MOST = 12
KIND_NAMES = ("Pull requests", "Reviews", "Comments", "Inline")


def backfills(panel: BackfillPanel) -> Panel:
    """Return the panel of the backfills that are under way, paused or failed."""
    if not panel.has_data:
        return Panel(
            "backfills",
            "Backfills",
            "No data yet: no repository is tracked.",
            sources=("contributor-backfill track OWNER/NAME",),
        )
    shown = panel.open[:MOST]
    left = len(panel.open) - len(shown)
    return Panel(
        "backfills",
        "Backfills",
        f"{len(panel.open):,} of {len(panel.repositories):,} repositories have a backfill that is"
        " not at its end.",
        cards=_cards(panel),
        tables=(_table(shown),) if shown else (),
        notes=(f"And {left:,} more: see Repositories, below.",) if left else (),
        sources=(panel.source,),
    )


def completeness(line: RepositoryLine) -> list[float | None]:
    """Return how complete each kind is, in percent; null where GitHub counts none as yet."""
    counted = line.kinds or {}
    return [counted[kind].percentage if kind in counted else None for kind in KINDS]


def next_step(line: RepositoryLine) -> str:
    """Say when a repository goes on, and what it waits for."""
    at, words = next_attempt(line)
    return ": ".join(part for part in (moment(at).text if at else "", words) if part)


def _cards(panel: BackfillPanel) -> tuple[Card, ...]:
    states = [
        Card(state.capitalize(), Cell(f"{count:,}", state=state))
        for state, count in panel.states.items()
    ]
    stored = f"{panel.stored:,} of {panel.total:,} pull requests"
    return (Card("Captured", Cell(f"{panel.percentage:g} %"), stored), *states)


def _table(lines: tuple[RepositoryLine, ...]) -> Table:
    heads = [
        *words("Repository", "State"),
        *numbers("Stored", "Of", *KIND_NAMES, "Per hour"),
        *words("Done about", "Next attempt", "Last error"),
    ]
    return Table("Backfills that are not at their end", heads, [_row(line) for line in lines])


def _row(line: RepositoryLine) -> list[Cell]:
    return [
        repository(line.full_name),
        Cell(line.state, state=line.state),
        number(line.pull_requests.stored),
        number(line.pull_requests.total),
        *(Cell(NONE if share is None else f"{share:g} %") for share in completeness(line)),
        number(line.hourly_rate),
        moment(line.finished_at),
        Cell(next_step(line)),
        beginning(line.last_error),
    ]
