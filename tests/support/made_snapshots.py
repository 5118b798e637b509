"""Snapshots made of figures alone: with everything in them, with nothing, and with hostile texts.

What a real database makes of them is tests/cli's; these are for what a rendering does.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from contributor_backfill.db.gateway.reports import Counted
from contributor_backfill.db.gateway.snapshot import (
    Activity,
    AlertLine,
    CaptureDay,
    ChunkPoint,
    CommandLine,
    Detail,
    ErrorGroup,
    Month,
    Observability,
    Person,
    ProcessorStanding,
    Quota,
    RoutingStanding,
    RunLine,
    SizeSample,
    TableSize,
    usage,
)
from contributor_backfill.db.rows import read
from contributor_backfill.domain.budget import MonthlyBudget
from contributor_backfill.domain.completeness import KINDS
from contributor_backfill.domain.jobs import Processor
from contributor_backfill.domain.prices import DEFAULT_PRICES
from contributor_backfill.domain.runs import Outcome
from contributor_backfill.reports.cost_standing import CostStanding, cost_standing
from contributor_backfill.reports.snapshot import (
    BackfillPanel,
    CapturePanel,
    DataPanel,
    QuotaPanel,
    RepositoryLine,
    RunPanel,
    Snapshot,
)

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STATES = ("complete", "active", "paused", "failed", "incomplete", "tracked")
RUN = "https://github.com/me/site/actions/runs/77/attempts/1"
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "</style><script>alert(1)</script>",
    "{{ 7 * 7 }} {% raw %}",
    "\u202egnp.exe \u2066 right to left",
    "&lt;b&gt; 'quoted' `code`",
    "x" * 300,
)


def full_snapshot(count: int = 30) -> Snapshot:
    """Return a snapshot with everything in it, of so many repositories in all states."""
    names = [f"organization-{n % 97}/some-repository-{n}" for n in range(count)]
    return _snapshot(names, "GitHub asks to wait", [RUN], "progressive-backfill")


def hostile_snapshot() -> Snapshot:
    """Return a snapshot whose every text is somebody's attempt."""
    snapshots = [_snapshot(HOSTILE, text, HOSTILE, text) for text in HOSTILE]
    errors = tuple(error for snapshot in snapshots for error in snapshot.runs.errors)
    recent = tuple(run for snapshot in snapshots for run in snapshot.runs.recent[:2])
    first = snapshots[0]
    return replace(first, runs=replace(first.runs, errors=errors, recent=recent))


def empty_snapshot() -> Snapshot:
    """Return the snapshot of a database that was migrated a moment ago."""
    return Snapshot(
        NOW,
        RoutingStanding(
            0.25,
            0.2,
            0.3,
            is_stopped=False,
            share=None,
            window_jobs=0,
            processors=(),
            undecided=0,
            skipped=0,
        ),
        BackfillPanel((), {}),
        CapturePanel((), (), None, None, None, None),
        QuotaPanel(()),
        RunPanel((), (), (), (Observability(24, 0, 0, 0, 0), Observability(720, 0, 0, 0, 0))),
        _cost([], []),
        DataPanel(9_000_000, (), (), limit_bytes=None, daily_growth=None, full_at=None),
    )


def _snapshot(names: Sequence[str], text: str, urls: Sequence[str], command: str) -> Snapshot:
    lines = tuple(_repository(n, name, text) for n, name in enumerate(names))
    return Snapshot(
        NOW,
        RoutingStanding(
            0.25,
            0.2,
            0.3,
            is_stopped=False,
            share=0.27,
            window_jobs=1_250,
            processors=tuple(
                ProcessorStanding(processor, 3, 1, 900, 2, 1, 12_000, NOW - HOUR, text)
                for processor in Processor
            ),
            undecided=4,
            skipped=17,
        ),
        BackfillPanel(lines, {s: sum(x.state == s for x in lines) for s in STATES}),
        _captures(names),
        QuotaPanel(
            (
                Quota(
                    text, 1_000, 412, NOW + HOUR / 2, NOW, tuple(range(24)), NOW + HOUR / 4, urls[0]
                ),
            )
        ),
        _runs(names, text, urls, command),
        _cost([command], names),
        DataPanel(
            412_000_000,
            tuple(TableSize(f"table_{n}", n * 1_000, n * 9_000_000) for n in range(5)),
            tuple(
                SizeSample((NOW - n * DAY).date(), 400_000_000 - n * 9**6) for n in range(20, 0, -1)
            ),
            limit_bytes=500_000_000,
            daily_growth=531_441,
            full_at=NOW + 165 * DAY,
        ),
        activity=_activity(text, 60),
        alerts=(
            AlertLine(None, "schedule_late", "warning", text, NOW - HOUR),
            AlertLine(names[0], "failed", "error", text, NOW - DAY),
        ),
        details=tuple(
            Detail(
                name,
                days=tuple(((NOW - m * DAY).date(), m * 31 % 83) for m in range(29, -1, -1)),
                alerts=(AlertLine(name, "failed", "error", text, NOW - DAY),),
                runs=(RunLine(command, name, NOW, None, Outcome.RUNNING, text, urls[0]),),
                activity=_activity(text, n % 50),
            )
            for n, name in enumerate(names[:200])
        ),
    )


def _activity(login: str, size: int) -> Activity:
    months = tuple(
        Month(
            datetime(2025 + n // 12, n % 12 + 1, 1, tzinfo=UTC),
            size * n % 97,
            size * n % 89,
            size * n % 71,
            7.5 + n,
        )
        for n in range(10, 23)
    )
    people = tuple(Person(login or f"person-{n}", 90 - n) for n in range(5))
    return Activity(months, people, people, 900, 80, "of some")


def _repository(n: int, name: str, text: str) -> RepositoryLine:
    is_open = STATES[n % len(STATES)] in {"active", "paused", "failed"}
    return RepositoryLine(
        full_name=name,
        priority="medium",
        state=STATES[n % len(STATES)],
        pull_requests=Counted(n * 77, n * 99),
        kinds={kind: Counted(n, n + 1) for kind in KINDS} if n % 3 else None,
        counted_at=NOW,
        hourly_rate=n * 1.5,
        finished_at=NOW + n * HOUR if is_open else None,
        next_attempt_at=NOW + HOUR if is_open else None,
        next_attempt_reason=text if is_open else None,
        last_error=text if is_open else None,
        is_being_captured=False,
        synced_at=NOW - HOUR,
    )


def _captures(names: Sequence[str]) -> CapturePanel:
    return CapturePanel(
        tuple(
            CaptureDay((NOW - n * DAY).date(), n * 37 % 91, n * 7 % 11, n * 300, n, n, n, 900.0)
            for n in range(30, 0, -1)
        ),
        tuple(
            ChunkPoint(NOW - n * HOUR, name, 29, n * 370 % 9_100, 1)
            for n, name in enumerate(names[:40])
        )[::-1],
        2_300.0,
        8_100.0,
        29.0,
        58.0,
    )


def _runs(names: Sequence[str], text: str, urls: Sequence[str], command: str) -> RunPanel:
    recent = tuple(
        RunLine(
            command,
            names[n % len(names)],
            NOW - n * HOUR / 2,
            None if outcome is Outcome.RUNNING else NOW - n * HOUR / 2 + HOUR / 12,
            outcome,
            text,
            urls[n % len(urls)],
        )
        for n, outcome in enumerate([Outcome.RUNNING, *list(Outcome)[1:] * 6])
    )
    return RunPanel(
        recent,
        (CommandLine(command, 240, 1, 200, 20, 12, 7, 0.92, 301.0, 312.5, 40.0, 77.0),),
        tuple(
            ErrorGroup("run", text, text, 12, NOW - 3 * DAY, NOW, tuple(names[:3]), 7, url)
            for url in urls
        ),
        (Observability(24, 48, 1, 46, 1), Observability(720, 1_440, 1, 1_432, 7)),
    )


def _cost(commands: Sequence[str], names: Sequence[str]) -> CostStanding:
    begins, ends = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    measures = {"billed_minutes": 900, "points": 12_000, "requests": 12_500, "rows": 99_000}
    month: dict[str, Any] = {
        "from": begins.isoformat(),
        "until": ends.isoformat(),
        "visibility": {"private": 600, "public": 100, "unknown": 200},
        "days": [
            {"day": (begins + n * DAY).date().isoformat(), **measures, "bytes": 9**7}
            for n in range(20 if commands else 0)
        ],
        "commands": [
            {
                "command": command,
                "runs": 240,
                "jobs": 240,
                **measures,
                "bytes": 9**8,
                "seconds": 48_000,
            }
            for command in commands
        ],
        "repositories": [
            {"full_name": name, "points": 99, "requests": 99, "rows": 900, "milliseconds": 90_000}
            for name in names[:12]
        ],
        "repositories_total": {"repositories": len(names), "milliseconds": 9_000_000},
        "inngest": {"runs": 30, "steps": 90, "types": [{"without_steps": 3}]},
    }
    nothing: dict[str, Any] = {"runs": 0, "steps": 0, "types": []}
    budget: dict[str, Any] = {
        "month": "2026-11-01",
        "resumes_at": ends.isoformat(),
        "terms": None,
        "caps": [
            {"measure": "minutes", "cap": 1_000, "used": 900, "share": 0.9, "state": "warning"},
            {"measure": "points", "cap": 9_000, "used": 12_000, "share": 1.33, "state": "paused"},
        ],
    }
    if not commands:
        month["inngest"] = nothing
        budget["caps"] = []
    return cost_standing(usage(month), read(MonthlyBudget, budget), DEFAULT_PRICES, NOW)
