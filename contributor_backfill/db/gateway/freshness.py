"""The gateway's methods for what GitHub has to be asked, and what its responses mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contributor_backfill.db.gateway.calls import Calls
from contributor_backfill.db.rows import Json, read, read_all
from contributor_backfill.domain.control import KnownRepository
from contributor_backfill.domain.freshness import Behind, Noted, ProbeClaim, repository_ids

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from contributor_backfill.domain.completeness import Drift, Questions, Sample
    from contributor_backfill.domain.control import AccessFinding, Change, Order
    from contributor_backfill.domain.freshness import Findings
    from contributor_backfill.domain.types import RepositoryId


class FreshnessCalls(Calls):
    """Call the SQL functions of freshness, reconciliation and access.

    Raises `StoreFault` and its kinds.
    """

    def claim_probes(self, limit: int, lease_seconds: int) -> ProbeClaim:
        """Take up to `limit` repositories whose newest change GitHub is to be asked for."""
        return read(
            ProbeClaim,
            self._call("backfill_claim_probes_v1", p_limit=limit, p_lease_seconds=lease_seconds),
        )

    def note_probes(
        self, claim: ProbeClaim, findings: Findings, settled_before: datetime | None, order: Order
    ) -> Noted:
        """Store the findings of a probe. Those of another run that probed later count more."""
        result = self._call(
            "backfill_note_probes_v1",
            p_asked_at=claim.asked_at,
            p_observed={
                "shown": [
                    {"repository_id": repository.repository_id, **vars(newest)}
                    for repository, newest in findings.shown
                ],
                "refused": _by_repository(findings.refused),
                "unclear": repository_ids(findings.unclear),
            },
            p_settled_before=settled_before,
            p_order=order,
        )
        return read(Noted, result)

    def read_behind(self) -> Behind:
        """Return how far behind GitHub the repositories are that are kept current."""
        return read(Behind, self._call("backfill_read_behind_v1"))

    def find_suspects(self, limit: int) -> tuple[KnownRepository, ...]:
        """Return up to `limit` repositories that GitHub has to be asked about."""
        return read_all(
            KnownRepository, self._call("backfill_find_suspects_v1", p_limit=limit)["suspects"]
        )

    def note_access(
        self, verdicts: Iterable[AccessFinding], order: Order, *, rehearsed: bool = False
    ) -> tuple[Change, ...]:
        """Note what GitHub said; what it shows again goes on. Return what was changed.

        `rehearsed`, nothing is written.
        """
        from contributor_backfill.domain.control import Change

        result = self._call(
            "backfill_peek_access_v1" if rehearsed else "backfill_note_access_v1",
            p_verdicts=_by_repository(verdicts),
            p_order=order,
        )
        return read_all(Change, result["changes"])

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
        return read(Questions, result)

    def sample_repository(self, repository_id: RepositoryId, size: int) -> Sample:
        """Return node ids of stored pull requests, and numbers nobody asked about, at random."""
        from contributor_backfill.domain.completeness import Sample

        return read(
            Sample,
            self._call("backfill_sample_repository_v1", p_repository_id=repository_id, p_size=size),
        )

    def note_gone(
        self,
        repository_id: RepositoryId,
        *,
        numbers: Iterable[int] = (),
        node_ids: Iterable[str] = (),
        parents: Iterable[int] = (),
    ) -> None:
        """Mark stored pull requests and comments that are deleted on GitHub, as it said.

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
        """Queue what is missing, a piece a call; return how many pull requests and connections."""
        while True:
            result = self._call("backfill_queue_drift_v2", p_repository_id=repository_id)
            if not result["left"]:
                return result["wanted"], result["lists"]

    def read_drift(self, repository_id: RepositoryId, limit: int) -> Drift:
        """Return what is missing: counts, and the first `limit` findings."""
        from contributor_backfill.domain.completeness import Drift

        return read(
            Drift,
            self._call("backfill_read_drift_v1", p_repository_id=repository_id, p_limit=limit),
        )


def _by_repository(verdicts: Iterable[AccessFinding]) -> Json:
    return {
        verdict.repository_id: {
            "access": verdict.access,
            "full_name": verdict.full_name,
            "reason": verdict.reason,
        }
        for verdict in verdicts
    }
