"""The gateway's method for who can read what is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contributor_backfill.db.gateway.calls import Calls

if TYPE_CHECKING:
    from contributor_backfill.domain.control import Exposure


class PrivacyCalls(Calls):
    """Call the SQL function of privacy. Raises `StoreFault` and its kinds."""

    def read_exposure(self, github_id: int | None = None) -> Exposure:
        """Return who can read the database; `github_id` asks whether that is meant for one."""
        from contributor_backfill.domain.control import Exposure, Private, Reader

        result = self._call("backfill_read_exposure_v1", p_github_id=github_id)
        return Exposure(
            tuple(Reader(row["relation"], row["role"], row["by"]) for row in result["readers"]),
            result["may_be_published"],
            tuple(
                Private(row["full_name"], row["may_be_published"], row.get("is_tracked", True))
                for row in result["private"]
            ),
        )
