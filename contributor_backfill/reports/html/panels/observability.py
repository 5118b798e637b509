"""Of how many runs the end is known."""

from contributor_backfill.reports.html.parts import Card, Cell, Panel, share
from contributor_backfill.reports.snapshot.runs import Observability, RunPanel
from contributor_backfill.reports.wording import plural

TITLE = "Observability"
SOURCES = ("contributor-backfill sync-runs", "contributor-backfill recover")


def observability(panel: RunPanel) -> Panel:
    """Return the panel that holds runs started against runs with a known end."""
    if not any(each.started for each in panel.observability):
        lead = "No data yet: no run is on record."
        return Panel("observability", TITLE, lead, sources=SOURCES)
    unknown = max(each.unknown for each in panel.observability)
    lead = "Of every run that began, the end is known."
    if unknown:
        lead = f"Nobody knows how {plural(unknown, 'run')} ended."
    return Panel(
        "observability",
        TITLE,
        lead,
        cards=[_card(each) for each in panel.observability],
        sources=SOURCES,
    )


def _card(each: Observability) -> Card:
    days = "24 hours" if each.hours == 24 else f"{each.hours // 24} days"
    state = "warning" if each.unknown else "ok"
    return Card(
        f"Known ends, {days}",
        Cell(share(each.share, 1).text, state=state if each.share is not None else None),
        f"{each.started:,} began: {each.known:,} known, {each.running:,} under way,"
        f" {each.unknown:,} not",
    )
