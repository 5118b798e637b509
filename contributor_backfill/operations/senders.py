"""Handing a job to its processor: what every way of it has in common, and can go wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from contributor_backfill.domain.errors import BackfillError, NotConfigured
from contributor_backfill.domain.jobs import Handover


class Refused(BackfillError):
    """The job itself is wrong for its processor: no use in trying again."""


class TryLater(BackfillError):
    """The processor did not take the job, or nobody knows; not again before `not_before`."""

    def __init__(self, message: str, not_before: datetime | None = None) -> None:
        super().__init__(message)
        self.not_before = not_before


class ProcessorClosed(NotConfigured):
    """The processor takes no job at all from us: a person must act."""


class JobWaits(NotConfigured):
    """The processor does not take jobs of this kind, through no fault of theirs: a person must act.

    Its other jobs are handed over.
    """


class ProcessorWaits(BackfillError):
    """The processor takes no job for a while: its quota is spent."""

    exit_code = 0


@dataclass(frozen=True)
class Receipt:
    """What a processor gave for a job: the ids of events, or the run that was found to have it."""

    event_ids: Sequence[str] | None = None
    workflow_run_id: int | None = None


class Sender(Protocol):
    """One way to a processor."""

    def send(self, handover: Handover, /) -> Receipt:
        """Hand a job over, once. Raises the errors above."""
        ...
