"""The gateway's methods for alerts: problems, their record, and the last notifications."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from contributor_backfill.db.gateway.calls import Calls
from contributor_backfill.db.rows import Json, read
from contributor_backfill.domain.policy import ALERT_LEASE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from contributor_backfill.domain.alerts import Alert, AlertState, Notification, Problem
    from contributor_backfill.domain.sources import Wanted
    from contributor_backfill.domain.types import LeaseToken


@dataclass(frozen=True)
class AlertLease:
    """The right to notify people. `token` is null when another run holds it."""

    holder: str
    token: LeaseToken | None


class AlertCalls(Calls):
    """Call the SQL functions of alerts. Raises `StoreFault` and its kinds."""

    def find_problems(
        self, wanted: Wanted, interval_minutes: float, database_limit_bytes: int
    ) -> tuple[Problem, ...]:
        """Return all problems that there are; a limit of 0 bytes is none."""
        from contributor_backfill.domain.alerts import Problem

        result = self._call(
            "backfill_find_problems_v1",
            p_interval_minutes=interval_minutes,
            p_database_limit_bytes=database_limit_bytes,
            p_sources=wanted.sources,
            p_connections=wanted.connections,
            p_hours=wanted.hours,
        )
        return tuple(read(Problem, row) for row in result["problems"])

    def claim_alert_lease(self, holder: str, dead_holders: tuple[str, ...] = ()) -> AlertLease:
        """Take the right to notify people, also from holders that are dead."""
        result = self._call(
            "backfill_claim_alert_lease_v1",
            p_holder=holder,
            p_lease_seconds=ALERT_LEASE_SECONDS,
            p_dead_holders=dead_holders,
        )
        return AlertLease(result["holder"], result["token"])

    def hold_alert_lease(self, token: LeaseToken) -> None:
        """Make sure that the right has not passed on. Raises `LeaseLost`."""
        self._call(
            "backfill_hold_alert_lease_v1", p_lease_token=token, p_lease_seconds=ALERT_LEASE_SECONDS
        )

    def release_alert_lease(self, token: LeaseToken) -> None:
        """Give the right back."""
        self._call("backfill_release_alert_lease_v1", p_lease_token=token)

    def observe_alerts(
        self, token: LeaseToken, found: Iterable[tuple[Problem, str]], interval_minutes: float
    ) -> tuple[Alert, ...]:
        """Record the present problems with their titles; return the alerts that people may hear of.

        Raises `LeaseLost`.
        """
        from contributor_backfill.domain.alerts import Kind

        result = self._call(
            "backfill_observe_alerts_v2",
            p_lease_token=token,
            p_problems={"problems": [_row(problem, title) for problem, title in found]},
            p_interval_minutes=interval_minutes,
        )
        known = set(Kind)
        # A later version may have written kinds that this one does not know.
        return tuple(_alert(row) for row in result["alerts"] if row["kind"] in known)

    def note_notification(
        self,
        token: LeaseToken,
        notification: Notification,
        channel: str,
        state: AlertState,
        issue_number: int | None = None,
    ) -> None:
        """Note what people were sent, or are about to be. Raises `LeaseLost`."""
        self._call(
            "backfill_note_notification_v1",
            p_lease_token=token,
            p_lease_seconds=ALERT_LEASE_SECONDS,
            p_alert_id=notification.alert.alert_id,
            p_channel=channel,
            p_state=state,
            p_fingerprint=notification.alert.fingerprint,
            p_serial=notification.serial,
            p_issue_number=issue_number,
        )


def _row(problem: Problem, title: str) -> Json:
    from contributor_backfill.domain.alerts import fingerprint

    return {
        "repository_id": problem.repository_id,
        "kind": problem.kind,
        "severity": problem.severity,
        "title": title,
        "fingerprint": fingerprint(problem),
        "detail": problem.detail,
    }


def _alert(row: Json) -> Alert:
    from contributor_backfill.domain.alerts import Alert, LastNotification, Problem

    return read(
        Alert,
        row,
        alert_id=row["id"],
        problem=read(Problem, row),
        is_present=row["absent_since"] is None,
        notifications={
            last["channel"]: read(LastNotification, last) for last in row["notifications"]
        },
    )
