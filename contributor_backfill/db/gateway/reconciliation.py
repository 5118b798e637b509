"""The gateway's methods for reconciliation: what to ask GitHub, and what is found missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contributor_backfill.db.gateway.calls import Calls

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from contributor_backfill.domain.completeness import Drift, Questions, Sample
    from contributor_backfill.domain.types import RepositoryId


class DriftCalls(Calls):
    """Call the SQL functions of reconciliation. Raises `StoreFault` and its kinds."""

    def next_questions(
        self,
        repository_id: RepositoryId,
        since: datetime | None,
        asked_parents: Iterable[int],
        limit: int,
    ) -> Questions:
        """Return what GitHub has to be asked; `since` is when its list began to be read."""
        from contributor_backfill.domain.completeness import Questions

        result = self._call(
            "backfill_next_questions_v1",
            p_repository_id=repository_id,
            p_since=since,
            p_asked_parents=tuple(asked_parents),
            p_limit=limit,
        )
        return Questions(
            tuple(result["doubtful"]), tuple(result["vanished"]), tuple(result["parents"])
        )

    def sample_repository(self, repository_id: RepositoryId, size: int) -> Sample:
        """Return node ids of stored pull requests, and numbers nobody asked about, at random."""
        from contributor_backfill.domain.completeness import Sample

        result = self._call(
            "backfill_sample_repository_v1", p_repository_id=repository_id, p_size=size
        )
        return Sample(tuple(result["node_ids"]), tuple(result["numbers"]))

    def note_gone(
        self,
        repository_id: RepositoryId,
        *,
        numbers: Iterable[int] = (),
        node_ids: Iterable[str] = (),
        parents: Iterable[int] = (),
    ) -> None:
        """Mark stored pull requests and comments that were answered as deleted on GitHub.

        What was asked for by node id is queued to be asked for by its number: that settles it.
        """
        self._call(
            "backfill_note_gone_v1",
            p_repository_id=repository_id,
            p_numbers=tuple(numbers),
            p_node_ids=tuple(node_ids),
            p_parents=tuple(parents),
        )

    def due_reconciliations(self, days: int, limit: int) -> tuple[str, ...]:
        """Return the names of whole repositories that were not compared for so many days."""
        result = self._call("backfill_due_reconciliations_v1", p_days=days, p_limit=limit)
        return tuple(result["full_names"])

    def queue_drift(self, repository_id: RepositoryId) -> tuple[int, int]:
        """Queue what is missing, a piece a call; return how many pull requests and lists."""
        while True:
            result = self._call("backfill_queue_drift_v2", p_repository_id=repository_id)
            if not result["left"]:
                return result["wanted"], result["lists"]

    def read_drift(self, repository_id: RepositoryId, limit: int) -> Drift:
        """Return what is missing: counts, and the first `limit` findings."""
        from contributor_backfill.domain.completeness import Drift, Finding

        result = self._call("backfill_read_drift_v1", p_repository_id=repository_id, p_limit=limit)
        return Drift(
            completeness=result["completeness"],
            findings=tuple(Finding(**each) for each in result["findings"]),
            counts=result["counts"],
        )
