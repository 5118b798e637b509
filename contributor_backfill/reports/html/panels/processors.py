"""Who does the jobs: Inngest, GitHub Actions, and how the work is shared out between them."""

from contributor_backfill.domain.jobs import Processor
from contributor_backfill.reports.html.parts import (
    Card,
    Cell,
    Panel,
    Table,
    beginning,
    moment,
    number,
    numbers,
    share,
    words,
)
from contributor_backfill.reports.routing_standing import ProcessorStanding, RoutingStanding

NAMES = {Processor.INNGEST: "Inngest", Processor.GITHUB_ACTIONS: "GitHub Actions"}
COUNTS = ("waiting", "running", "completed", "failed", "dead", "work")
SOURCES = ("contributor-backfill queue", "contributor-backfill route --dry-run")


def processors(standing: RoutingStanding) -> Panel:
    """Return the panel of the processors and of hybrid routing."""
    return Panel(
        "processors",
        "Processors",
        _lead(standing),
        cards=(
            _share_card(standing),
            Card("Not decided yet", number(standing.undecided), "jobs without a processor"),
            Card("Skipped", number(standing.skipped), "jobs that a backfill does anyway"),
        ),
        tables=(
            Table(
                "Jobs by processor",
                [
                    *words("Processor"),
                    *numbers("Waiting", "Running", "Completed", "Failed", "Given up", "Work"),
                    *words("Last dispatched", "Last error"),
                ],
                [_row(each) for each in standing.processors],
            ),
        ),
        notes=("Work is estimated, in pull requests to be read.",),
        sources=SOURCES,
    )


def _lead(standing: RoutingStanding) -> str:
    if standing.is_stopped:
        return "Hybrid routing is stopped by hand: every job that is left to it goes to Inngest."
    if standing.share is None:
        return "No data yet: no job has been routed in the last 30 days."
    where = "within" if standing.is_on_target else "outside"
    return f"The share of GitHub Actions is {where} its target."


def _share_card(standing: RoutingStanding) -> Card:
    low, high = round(100 * standing.target_low), round(100 * standing.target_high)
    state = {True: "ok", False: "warning", None: None}[standing.is_on_target]
    shown = share(standing.share, 1)
    return Card(
        "Share of GitHub Actions",
        Cell(shown.text, state=state),
        f"of the work of {standing.window_jobs:,} jobs; target {low} to {high} %",
    )


def _row(standing: ProcessorStanding) -> list[Cell]:
    return [
        Cell(NAMES[standing.processor]),
        *(number(getattr(standing, name)) for name in COUNTS),
        moment(standing.last_dispatched_at),
        beginning(standing.last_error),
    ]
