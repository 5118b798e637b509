"""The gateway's methods for alerts: present trouble, its record, and what people were told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from contributor_backfill.db.gateway.calls import Calls
from contributor_backfill.db.rows import Json, read
from contributor_backfill.domain.policy import ALERT_LEASE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from contributor_backfill.domain.alerts import Alert, AlertState, Tell, Trouble
    from contributor_backfill.domain.sources import Wanted
    from contributor_backfill.domain.types import LeaseToken


@dataclass(frozen=True)
class AlertLease:
    """Who may tell of alerts. `token` is null when that is another."""

    holder: str
    token: LeaseToken | None


class AlertCalls(Calls):
    """Call the SQL functions of alerts. Raises `StoreFault` and its kinds."""

    def find_trouble(
        self, wanted: Wanted, interval_minutes: float, database_limit_bytes: int
    ) -> tuple[Trouble, ...]:
        """Return all trouble that there is; a limit of 0 bytes is none."""
        result = self._call(
            "backfill_find_trouble_v1",
            p_interval_minutes=interval_minutes,
            p_database_limit_bytes=database_limit_bytes,
            p_feeds=wanted.sources,
            p_connections=wanted.connections,
            p_hours=wanted.hours,
        )
        return tuple(map(_trouble, result["trouble"]))

    def claim_alert_lease(self, holder: str, dead_holders: tuple[str, ...] = ()) -> AlertLease:
        """Take the right to tell of alerts, also from holders that are dead."""
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
        self, token: LeaseToken, found: Iterable[tuple[Trouble, str]], interval_minutes: float
    ) -> tuple[Alert, ...]:
        """Take in present trouble with its titles; return the alerts that people may hear of.

        Raises `LeaseLost`.
        """
        from contributor_backfill.domain.alerts import Kind

        result = self._call(
            "backfill_observe_alerts_v1",
            p_lease_token=token,
            p_trouble={"trouble": [_row(trouble, title) for trouble, title in found]},
            p_interval_minutes=interval_minutes,
        )
        known = set(Kind)
        # A later version may have written kinds that this one does not know.
        return tuple(_alert(row) for row in result["alerts"] if row["kind"] in known)

    def note_telling(
        self,
        token: LeaseToken,
        tell: Tell,
        channel: str,
        state: AlertState,
        issue_number: int | None = None,
    ) -> None:
        """Note what people were told, or are about to be. Raises `LeaseLost`."""
        self._call(
            "backfill_note_telling_v1",
            p_lease_token=token,
            p_lease_seconds=ALERT_LEASE_SECONDS,
            p_alert_id=tell.alert.alert_id,
            p_channel=channel,
            p_state=state,
            p_fingerprint=tell.alert.fingerprint,
            p_serial=tell.serial,
            p_issue_number=issue_number,
        )


def _row(trouble: Trouble, title: str) -> Json:
    from contributor_backfill.domain.alerts import fingerprint

    return {
        "repository_id": trouble.repository_id,
        "kind": trouble.kind,
        "severity": trouble.severity,
        "title": title,
        "fingerprint": fingerprint(trouble),
        "detail": dict(trouble.detail),
    }


def _trouble(row: Json) -> Trouble:
    from contributor_backfill.domain.alerts import Trouble

    return read(Trouble, row)


def _alert(row: Json) -> Alert:
    from contributor_backfill.domain.alerts import Alert, Telling

    return read(
        Alert,
        row,
        alert_id=row["id"],
        trouble=_trouble(row),
        is_present=row["absent_since"] is None,
        tellings={each["channel"]: read(Telling, each) for each in row["tellings"]},
    )
