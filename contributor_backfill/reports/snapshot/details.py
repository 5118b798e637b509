"""What is known of single repositories beyond their line: history, alerts, runs, activity."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from contributor_backfill.reports.snapshot.activity import NOTHING, Activity, activity
from contributor_backfill.reports.snapshot.runs import RunLine, run_line


@dataclass(frozen=True)
class AlertLine:
    """An open alert. `full_name` is null for what concerns all repositories."""

    full_name: str | None
    kind: str
    severity: str
    title: str
    opened_at: datetime


@dataclass(frozen=True)
class Detail:
    """One repository: pull requests captured on days (UTC) of late, open alerts, the last runs."""

    full_name: str
    days: tuple[tuple[date, int], ...] = ()
    alerts: tuple[AlertLine, ...] = ()
    runs: tuple[RunLine, ...] = ()
    activity: Activity = NOTHING


def alert_lines(rows: list[Mapping[str, Any]]) -> tuple[AlertLine, ...]:
    """Return the open alerts, those of all repositories first."""
    return tuple(
        AlertLine(
            row["full_name"],
            row["kind"],
            row["severity"],
            row["title"],
            datetime.fromisoformat(row["opened_at"]),
        )
        for row in rows
    )


def details(rows: list[Mapping[str, Any]], alerts: tuple[AlertLine, ...]) -> tuple[Detail, ...]:
    """Return what `backfill_snapshot_details_v1` tells, by name."""
    return tuple(
        Detail(
            row["full_name"],
            tuple((date.fromisoformat(day), many) for day, many in row["days"]),
            tuple(each for each in alerts if each.full_name == row["full_name"]),
            tuple(run_line(run) for run in row["runs"]),
            activity(row["activity"]),
        )
        for row in rows
    )
