"""The gateway's methods for what is shown: standings, estimates, the database itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contributor_backfill.db.gateway.calls import Calls
from contributor_backfill.db.migrations import this_version
from contributor_backfill.db.rows import Json, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contributor_backfill.domain.control import Exposure
    from contributor_backfill.domain.estimate import Pace
    from contributor_backfill.domain.storage import Storage
    from contributor_backfill.domain.types import RepositoryId


class ReportCalls(Calls):
    """Call the SQL functions of reports. Raises `StoreFault` and its kinds."""

    def read_status(
        self, *, repository_id: RepositoryId | None = None, full_name: str | None = None
    ) -> list[Json]:
        """Return a row for every tracked repository, by name; a page of them in each call."""
        lines: list[Json] = []
        after = None
        while True:
            page = self._call(
                "backfill_read_status_v2",
                p_repository_id=repository_id,
                p_full_name=full_name,
                p_after=after,
            )
            lines += page["repositories"]
            after = page["next"]
            if after is None:
                return lines

    def read_turns(self, full_names: Sequence[str]) -> dict[str, Json]:
        """Return the turns of the last day of backfills by name, those that had some."""
        turns: dict[str, Json] = self._call(
            "backfill_read_turns_v1", p_full_names=list(full_names)
        )["paces"]
        return turns

    def read_snapshot(self) -> Json:
        """Return everything that `monitor` shows, a panel for each key."""
        return self._call("backfill_read_snapshot_v1")

    def read_pace(self, full_name: str) -> tuple[Pace, Storage]:
        """Return how fast a repository was captured, and what is kept of it; known or not."""
        from contributor_backfill.domain.estimate import Pace

        row = self._call("backfill_read_pace_v1", p_full_name=full_name)
        pace = read(
            Pace,
            row,
            page_seconds=_seconds(row["page_milliseconds"]),
            request_seconds=_seconds(row["request_milliseconds"]),
        )
        return pace, self._storage(row)

    def store_estimate(self, full_name: str, estimate: Json) -> bool:
        """Keep an estimate with its time, and tell whether the repository is tracked at all."""
        result = self._call(
            "backfill_store_estimate_v1", p_full_name=full_name, p_estimate=estimate
        )
        return bool(result["stored"])

    def read_exposure(self, github_id: int | None = None) -> Exposure:
        """Return who can read the database; `github_id` asks whether that is meant for one."""
        from contributor_backfill.domain.control import Exposure

        return read(Exposure, self._call("backfill_read_exposure_v1", p_github_id=github_id))

    def check_version(self) -> None:
        """Raise `NotConfigured` in a newer database, and `SchemaMissing` in an older one."""
        self._call("backfill_check_version_v1", p_version=this_version())

    def inspect_schema(self) -> Json:
        """Return what the database says of itself: migrations, clock, hazards."""
        return self._call("backfill_inspect_schema_v1")

    def probe_write(self) -> Json:
        """Tell whether rows can be written; nothing is left behind."""
        return self._call("backfill_probe_write_v1")


def _seconds(milliseconds: float | None) -> float | None:
    return milliseconds / 1000 if milliseconds else None
