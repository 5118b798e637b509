"""The panel of runs: the last ones, how they end, how long they take, and why they fail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contributor_backfill.db.rows import moment
from contributor_backfill.domain.runs import Outcome


@dataclass(frozen=True)
class RunLine:
    """One run. `ended_at` is null while it goes on; `repository` is what it was given by name."""

    command: str
    repository: str | None
    started_at: datetime
    ended_at: datetime | None
    outcome: Outcome
    stop_reason: str | None
    url: str | None


@dataclass(frozen=True)
class CommandLine:
    """The runs of one command that began within the last thirty days.

    `share_ended_well` is of those that ended: done or deferred; null when none did. Quantiles are
    of the seconds and chunks of the last thousand that ended.
    """

    command: str
    runs: int
    running: int
    done: int
    deferred: int
    failed: int
    lost: int
    share_ended_well: float | None
    seconds_p50: float | None
    seconds_p95: float | None
    chunks_p50: float | None
    chunks_p95: float | None

    @property
    def source(self) -> str:
        """The command that tells more."""
        return "contributor-backfill monitor --json"


@dataclass(frozen=True)
class ErrorGroup:
    """Failures of the last thirty days whose words are the same but for numbers and names.

    `example` is the newest one as it was written, `kind` what failed: a run, or a page of a
    backfill. `url` leads to the newest run that GitHub shows.
    """

    kind: str
    words: str
    example: str
    count: int
    first_seen_at: datetime
    last_seen_at: datetime
    repositories: tuple[str, ...]
    repository_count: int
    url: str | None

    @property
    def source(self) -> str:
        """The command that tells more of the first affected repository, or of all."""
        if not self.repositories:
            return "contributor-backfill status"
        return f"contributor-backfill status --repository {self.repositories[0]}"


@dataclass(frozen=True)
class Observability:
    """Of the runs that began within some hours, of how many the end is known.

    `known` counts the ends by a run's own or GitHub's word, `unknown` the runs that fell silent.
    """

    hours: int
    started: int
    running: int
    known: int
    unknown: int

    @property
    def share(self) -> float | None:
        """The share of ended runs whose end is known; null when none ended."""
        ended = self.known + self.unknown
        return self.known / ended if ended else None


@dataclass(frozen=True)
class RunPanel:
    """`recent` are the runs under way and the last ones, newest first."""

    recent: tuple[RunLine, ...]
    commands: tuple[CommandLine, ...]
    errors: tuple[ErrorGroup, ...]
    observability: tuple[Observability, ...]
    source: str = "contributor-backfill sync-runs"

    @property
    def has_data(self) -> bool:
        """Whether any run is on record."""
        return bool(self.recent)


def run_panel(document: Mapping[str, Any]) -> RunPanel:
    """Return the panel from `backfill_snapshot_runs_v1`."""
    return RunPanel(
        recent=tuple(run_line(row) for row in document["recent"]),
        commands=tuple(CommandLine(**row) for row in document["commands"]),
        errors=tuple(_error(row) for row in document["errors"]),
        observability=tuple(Observability(**row) for row in document["observability"]),
    )


def run_line(row: Mapping[str, Any]) -> RunLine:
    """Return one run."""
    return RunLine(
        command=row["command"],
        repository=row["repository"],
        started_at=datetime.fromisoformat(row["started_at"]),
        ended_at=moment(row["ended_at"]),
        outcome=Outcome(row["outcome"]),
        stop_reason=row["stop_reason"],
        url=row["url"],
    )


def _error(row: Mapping[str, Any]) -> ErrorGroup:
    return ErrorGroup(
        kind=row["kind"],
        words=row["words"],
        example=row["example"],
        count=row["count"],
        first_seen_at=datetime.fromisoformat(row["first_seen_at"]),
        last_seen_at=datetime.fromisoformat(row["last_seen_at"]),
        repositories=tuple(row["repositories"]),
        repository_count=row["repository_count"],
        url=row["url"],
    )
