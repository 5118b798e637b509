"""Every repository in a line, and all that is known of one in a view of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contributor_backfill.db.gateway.snapshot import Detail, RunLine
from contributor_backfill.domain.completeness import KINDS, LISTS
from contributor_backfill.domain.freshness import Behind
from contributor_backfill.reports.model import (
    DAY,
    NONE,
    Cell,
    Chart,
    Panel,
    Series,
    State,
    Table,
    cells,
    figure,
    midnight,
    minute,
    numbers,
    on_host,
    state,
    texts,
)
from contributor_backfill.reports.panels.activity import chart as by_month
from contributor_backfill.reports.panels.activity import people
from contributor_backfill.reports.repository_words import (
    NONE_TRACKED,
    OF_STORED,
    behind_words,
    next_step,
    share,
    share_of_stored,
    state_of,
    why_incomplete,
)
from contributor_backfill.reports.snapshot import BackfillPanel, RepositoryLine, Snapshot
from contributor_backfill.reports.wording import ending, plural

TITLE = "Repositories"
MOST = 5
COLUMNS = (
    *texts("repository", "state"),
    *numbers("stored"),
    *numbers("GitHub", needs_room=True),
    *numbers("%"),
    *numbers("reviews", "comments", "inline", "an hour", needs_room=True),
    *texts("next or done"),
)
KIND_NAMES = {
    "pull_requests": "pull requests",
    "reviews": "reviews",
    "comments": "comments",
    "review_comments": "review comments",
}


def repositories(snapshot: Snapshot) -> Panel:
    """Return all repositories that are tracked, those that need a person first."""
    panel, now = snapshot.backfills, snapshot.taken_at
    if not panel.repositories:
        return Panel("repositories", TITLE, NONE_TRACKED, [panel.source])
    rows = [_row(line, now) for line in panel.repositories]
    with_errors = [
        line for line in panel.repositories if line.last_error and line.state != "complete"
    ]
    return Panel(
        "repositories",
        TITLE,
        _lead(panel, snapshot.behind),
        [panel.source, "contributor-backfill status --repository OWNER/NAME"],
        charts=[_states(panel)],
        tables=[Table("All repositories", COLUMNS, rows)],
        notes=[OF_STORED, *(f"{line.full_name}: {line.last_error}" for line in with_errors[:MOST])],
    )


def _lead(panel: BackfillPanel, behind: Behind | None) -> str:
    states = ", ".join(f"{count:,} {state}" for state, count in panel.states.items())
    lead = (
        f"{plural(len(panel.repositories), 'repository')}: {states}. {panel.stored:,} of"
        f" {panel.total:,} pull requests are stored ({panel.percentage:g} %)."
    )
    return f"{lead} {behind_words(behind)}".rstrip() if behind else lead


def _states(panel: BackfillPanel) -> Chart:
    states = panel.states
    title = "Repositories by state"
    rows = [cells(state, figure(count)) for state, count in states.items()]
    table = Table(title, [*texts("state"), *numbers("repositories")], rows)
    parts = [("repositories", [(state, float(count)) for state, count in states.items()])]
    return Chart(title, table, parts=parts)


def _row(line: RepositoryLine, now: datetime) -> tuple[Cell, ...]:
    counted = line.pull_requests
    return cells(
        Cell(line.full_name, view=line.full_name),
        state(line.state),
        figure(counted.stored),
        figure(counted.total),
        _number(share(line)),
        *(_number(share_of_stored(line, kind)) for kind in LISTS),
        figure(line.hourly_rate) if line.hourly_rate else NONE,
        next_step(line, now),
    )


def _number(percentage: str) -> str:
    """Return a percentage without its sign, which its column has."""
    return percentage.removesuffix(" %").replace("-", NONE)


@dataclass(frozen=True)
class View:
    """All that is known of one repository."""

    name: Cell
    level: State
    state: str
    lead: str
    kinds: Sequence[str]
    charts: Sequence[Chart]
    lists: Sequence[tuple[str, Sequence[Cell]]]


def views(snapshot: Snapshot) -> tuple[View, ...]:
    """Return the views of the repositories of which more is known than their line says."""
    known = {detail.full_name: detail for detail in snapshot.details}
    return tuple(
        _view(line, known[line.full_name], snapshot.host, snapshot.taken_at)
        for line in snapshot.backfills.repositories
        if line.full_name in known
    )


def _view(line: RepositoryLine, detail: Detail, host: str, now: datetime) -> View:
    lead = f"{next_step(line, now)}."
    if line.last_error and line.state != "complete":
        lead += f" Last error: {line.last_error}"
    return View(
        on_host(host, line.full_name),
        state_of(line),
        line.state,
        lead[:1].upper() + lead[1:],
        [*_kinds(line)],
        [*_history(detail, now), *([by_month(detail.activity)] if detail.activity.months else [])],
        [
            (
                "Open alerts",
                [
                    Cell(f"{alert.title}, since {minute(alert.opened_at)}")
                    for alert in detail.alerts
                ],
            ),
            ("Runs of the last week that named it", [_run(run) for run in detail.runs]),
            *((table.caption, [Cell(_ranking(table))]) for table in people(detail.activity)),
        ],
    )


def _kinds(line: RepositoryLine) -> Iterator[str]:
    """Say of each kind how much is stored; why not all of it is, where it should be."""
    counted = {**(line.kinds or {}), "pull_requests": line.pull_requests}
    # `counted` may lack kinds, and the order is that of `KINDS`.
    for kind in filter(counted.__contains__, KINDS):
        stored, total = counted[kind].stored, counted[kind].total
        percent = share(line) if kind == "pull_requests" else share_of_stored(line, kind)
        of = "" if kind == "pull_requests" else " of the stored pull requests"
        yield f"{stored:,} of {total:,} {KIND_NAMES[kind]}{of}: {percent}"
    if line.state == "incomplete":
        yield f"Incomplete: {why_incomplete(line)}"
    if line.counted_at:
        yield f"Counted {minute(line.counted_at)}"


def _history(detail: Detail, now: datetime) -> list[Chart]:
    if not detail.days:
        return []
    title = "Captured by day"
    points = [(midnight(day), float(count)) for day, count in detail.days]
    rows = [cells(f"{at:%Y-%m-%d}", figure(count)) for at, count in reversed(points)]
    until = midnight(now.date()) + DAY
    table = Table(title, [*texts("day"), *numbers("pull requests")], rows)
    series = [Series("pull requests", "first", points)]
    # Every repository's axis is the same, so that two of them can be compared.
    since = until - timedelta(days=30)
    return [Chart(title, table, since, until, DAY, series, unit="pull requests")]


def _ranking(table: Table) -> str:
    return ", ".join(f"{login.text} ({count.text})" for login, count in table.rows)


def _run(run: RunLine) -> Cell:
    why = f": {ending(run.stop_reason)}" if run.stop_reason else ""
    words = f"{minute(run.started_at)} {run.command}, {run.outcome}{why}"
    return Cell(words, run.url, str(run.outcome))
