"""The gateway's methods for recovery: what is stuck, and what GitHub says of what failed."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from contributor_backfill.db.gateway.calls import Calls
from contributor_backfill.db.gateway.control import change

if TYPE_CHECKING:
    from collections.abc import Iterable

    from contributor_backfill.db.rows import Json
    from contributor_backfill.domain.control import Change, Order, Suspect, Verdict


class RecoveryCalls(Calls):
    """Call the SQL functions of recovery. Raises `StoreFault` and its kinds."""

    def recover(self, order: Order, stuck_minutes: float) -> tuple[Change, ...]:
        """Put in order what lost runs and expired pauses left; return what was changed."""
        result = self._call(
            "backfill_recover_v1", p_order=asdict(order), p_stuck_minutes=stuck_minutes
        )
        return _changes(result)

    def peek_recovery(self, order: Order, stuck_minutes: float) -> tuple[Change, ...]:
        """Return what `recover` would change; nothing is written."""
        result = self._call(
            "backfill_peek_recovery_v1", p_order=asdict(order), p_stuck_minutes=stuck_minutes
        )
        return _changes(result)

    def find_suspects(self, limit: int) -> tuple[Suspect, ...]:
        """Return up to `limit` repositories that GitHub has to be asked about."""
        from contributor_backfill.domain.control import Suspect

        result = self._call("backfill_find_suspects_v1", p_limit=limit)
        return tuple(Suspect(**row) for row in result["suspects"])

    def note_access(self, verdicts: Iterable[Verdict], order: Order) -> tuple[Change, ...]:
        """Note what GitHub said; what it shows again goes on. Return what was changed."""
        result = self._call(
            "backfill_note_access_v1", p_verdicts=_rows(verdicts), p_order=asdict(order)
        )
        return _changes(result)

    def peek_access(self, verdicts: Iterable[Verdict], order: Order) -> tuple[Change, ...]:
        """Return what the same verdicts would change; nothing is written."""
        result = self._call(
            "backfill_peek_access_v1", p_verdicts=_rows(verdicts), p_order=asdict(order)
        )
        return _changes(result)


def _changes(result: Json) -> tuple[Change, ...]:
    return tuple(change(row) for row in result["changes"])


def _rows(verdicts: Iterable[Verdict]) -> Json:
    return {
        each.repository_id: {
            "access": each.access,
            "full_name": each.full_name,
            "reason": each.reason,
        }
        for each in verdicts
    }
