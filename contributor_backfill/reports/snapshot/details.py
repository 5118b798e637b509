"""What is known of single repositories beyond their line: history, alerts, runs, activity."""

from dataclasses import dataclass
from datetime import date

from contributor_backfill.db.gateway.snapshot import (
    NOTHING,
    Activity,
    AlertLine,
    RepositoryDetail,
    RunLine,
)


@dataclass(frozen=True)
class Detail:
    """One repository: pull requests captured on days (UTC) of late, open alerts, the last runs."""

    full_name: str
    days: tuple[tuple[date, int], ...] = ()
    alerts: tuple[AlertLine, ...] = ()
    runs: tuple[RunLine, ...] = ()
    activity: Activity = NOTHING


def details(
    rows: tuple[RepositoryDetail, ...], alerts: tuple[AlertLine, ...]
) -> tuple[Detail, ...]:
    """Return each repository with its alerts."""
    return tuple(
        Detail(
            row.full_name,
            row.days,
            tuple(each for each in alerts if each.full_name == row.full_name),
            row.runs,
            row.activity,
        )
        for row in rows
    )
