"""How routing stands: the share of GitHub Actions against its target, and each processor's jobs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contributor_backfill.db.rows import moment
from contributor_backfill.domain.jobs import Processor


@dataclass(frozen=True)
class ProcessorStanding:
    """The jobs of one processor. `work` is estimated, in pull requests to be read."""

    processor: Processor
    waiting: int
    running: int
    completed: int
    failed: int
    dead: int
    work: float
    last_dispatched_at: datetime | None
    last_error: str | None


@dataclass(frozen=True)
class RoutingStanding:
    """Shares are fractions of the estimated work of `window_jobs`; null where there are none."""

    target: float
    target_low: float
    target_high: float
    is_stopped: bool
    share: float | None
    window_jobs: int
    processors: tuple[ProcessorStanding, ...]
    undecided: int
    skipped: int

    @property
    def is_on_target(self) -> bool | None:
        """Whether the share is within its band; null where nothing was routed."""
        if self.share is None:
            return None
        return self.target_low <= self.share <= self.target_high


def routing_standing(line: Mapping[str, Any]) -> RoutingStanding:
    """Return what `backfill_routing_standing_v1` answers as a value."""
    return RoutingStanding(
        target=float(line["target"]),
        target_low=float(line["target_low"]),
        target_high=float(line["target_high"]),
        is_stopped=bool(line["is_stopped"]),
        share=None if line["share"] is None else float(line["share"]),
        window_jobs=int(line["window_jobs"]),
        processors=tuple(_processor(each) for each in line["processors"]),
        undecided=int(line["undecided"]),
        skipped=int(line["skipped"]),
    )


def _processor(line: Mapping[str, Any]) -> ProcessorStanding:
    return ProcessorStanding(
        processor=Processor(line["processor"]),
        waiting=line["waiting"],
        running=line["running"],
        completed=line["completed"],
        failed=line["failed"],
        dead=line["dead"],
        work=float(line["work"]),
        last_dispatched_at=moment(line["last_dispatched_at"]),
        last_error=line["last_error"],
    )
