"""Everything that `monitor` shows and what was used in a span of time, as the database counts it.

It is apart from the methods that read it, because few commands need it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from contributor_backfill.db.gateway.reports import Counted
from contributor_backfill.db.rows import Json, read
from contributor_backfill.domain.budget import MonthlyBudget
from contributor_backfill.domain.completeness import KINDS
from contributor_backfill.domain.costs import Minutes
from contributor_backfill.domain.forecast import Pace
from contributor_backfill.domain.freshness import Behind
from contributor_backfill.domain.jobs import Processor
from contributor_backfill.domain.runs import Outcome


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


@dataclass(frozen=True, kw_only=True)
class RepositoryFacts:
    """A tracked repository.

    `state` is complete, incomplete, tracked, active, paused, failed or being deleted, as in
    `status`. `kinds` is what was counted at `counted_at`, when the last turn of the repository
    ended; null until then.
    """

    full_name: str
    priority: str
    state: str
    pull_requests: Counted
    kinds: Mapping[str, Counted] | None
    counted_at: datetime | None
    next_attempt_at: datetime | None
    next_attempt_reason: str | None
    last_error: str | None
    is_being_captured: bool
    synced_at: datetime | None
    comments_synced_at: datetime | None = None
    rejects: int = 0


@dataclass(frozen=True, kw_only=True)
class RepositoryRow(RepositoryFacts):
    """A tracked repository, and how fast its backfill was of late."""

    pace: Pace | None


@dataclass(frozen=True)
class CaptureDay:
    """The captures of one day (UTC), over all repositories.

    `backfilled` are pull requests by backfills, `synced` by everything else; a pull request counts
    each time it is captured. `rows` are of all kinds. `chunks` are pages of backfills,
    `chunk_milliseconds` how long GitHub took for one of them on average, null without any.
    """

    day: date
    backfilled: int
    synced: int
    rows: int
    points: int
    requests: int
    chunks: int
    chunk_milliseconds: float | None

    @property
    def pull_requests(self) -> int:
        """All pull requests that were captured."""
        return self.backfilled + self.synced


@dataclass(frozen=True)
class ChunkPoint:
    """One page of a backfill: when, of what, how large, and how long GitHub took for it."""

    completed_at: datetime
    full_name: str
    pull_requests: int
    milliseconds: int
    points: int


@dataclass(frozen=True)
class Captures:
    """Captures over the last thirty days, oldest day first, and the last pages, oldest first.

    The quantiles are of `chunks`; null without any.
    """

    days: tuple[CaptureDay, ...]
    chunks: tuple[ChunkPoint, ...]
    milliseconds_p50: float | None
    milliseconds_p95: float | None
    size_p50: float | None
    size_p95: float | None


@dataclass(frozen=True)
class Quota:
    """The quota of one holder: a repository whose workflows share a token, or a machine.

    `limit`, `remaining` and `reset_at` are as a run last heard of them, at `measured_at`; null
    when none did. `hours` are the points that runs spent in each of the last 24 hours, oldest
    first, by the hour in which they began. `runs_out_at` is not the database's: it is when the
    quota ends before its reset, at the pace of the present hour; null when it does not.
    """

    holder: str
    limit: int | None
    remaining: int | None
    reset_at: datetime | None
    measured_at: datetime | None
    hours: tuple[int, ...]
    runs_out_at: datetime | None = None
    url: str | None = None

    @property
    def points(self) -> int:
        """The points that were spent in the last 24 hours."""
        return sum(self.hours)


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


@dataclass(frozen=True)
class Observability:
    """The runs that began within some hours, and how many of their ends are known.

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
class Runs:
    """`recent` are the runs under way and the last ones, newest first."""

    recent: tuple[RunLine, ...]
    commands: tuple[CommandLine, ...]
    errors: tuple[ErrorGroup, ...]
    observability: tuple[Observability, ...]


@dataclass(frozen=True)
class Spent:
    """The use of runs."""

    billed_minutes: float
    points: int
    requests: int
    rows: int
    bytes: int


@dataclass(frozen=True)
class DayUsage(Spent):
    """The use of the runs of one day (UTC)."""

    day: date


@dataclass(frozen=True)
class CommandUsage(Spent):
    """The use of the runs of one command; `jobs` are those of them that are billed."""

    command: str
    runs: int
    jobs: int
    seconds: float


@dataclass(frozen=True)
class RepositoryUsage:
    """The use of capturing one repository."""

    full_name: str
    points: int
    requests: int
    rows: int
    milliseconds: int


@dataclass(frozen=True)
class AllRepositories:
    """The number of repositories that were captured, and GitHub's time for them."""

    repositories: int
    milliseconds: int


@dataclass(frozen=True)
class InngestJobs:
    """The jobs of one type that Inngest did; of `without_steps` nobody recorded the steps."""

    without_steps: int


@dataclass(frozen=True)
class InngestUsage:
    """The runs and steps on Inngest."""

    runs: int
    steps: float
    types: tuple[InngestJobs, ...]


@dataclass(frozen=True)
class Usage:
    """The use in a span. `repositories` are the most expensive of all."""

    begins_at: datetime
    ends_at: datetime
    commands: tuple[CommandUsage, ...]
    days: tuple[DayUsage, ...]
    visibility: Minutes
    inngest: InngestUsage
    repositories: tuple[RepositoryUsage, ...]
    repositories_total: AllRepositories


@dataclass(frozen=True)
class TableSize:
    """A table: bytes with its indexes. `rows` is Postgres's estimate, null before its first one."""

    table: str
    rows: int | None
    bytes: int


@dataclass(frozen=True)
class SizeSample:
    """The size of the database on a day (UTC)."""

    day: date
    bytes: int


@dataclass(frozen=True)
class Data:
    """The database: its size, its largest tables, and the sizes of the days before.

    Everything was read from GitHub since `oldest_seen_at` (null: no backfill is complete), and
    `late_rounds` counts the repositories whose refresh is late.
    """

    bytes: int
    tables: tuple[TableSize, ...]
    samples: tuple[SizeSample, ...]
    oldest_seen_at: datetime | None = None
    late_rounds: int = 0


@dataclass(frozen=True)
class Month:
    """A month (UTC): pull requests opened and merged, and how soon the first review came.

    `first_review_hours` is the median of those that have one; null without any.
    """

    begins_at: datetime
    opened: int
    merged: int
    first_reviews: int
    first_review_hours: float | None


@dataclass(frozen=True)
class Person:
    """Somebody, and how many pull requests or reviews are theirs."""

    login: str
    count: int


@dataclass(frozen=True)
class Activity:
    """The activity in one repository or in all; oldest month first. Bots are not among people."""

    months: tuple[Month, ...] = ()
    authors: tuple[Person, ...] = ()
    reviewers: tuple[Person, ...] = ()
    pull_requests: int = 0
    bot_pull_requests: int = 0
    scope: str = ""


NOTHING = Activity()


@dataclass(frozen=True)
class AlertLine:
    """An open alert. `full_name` is null for what concerns all repositories."""

    full_name: str | None
    kind: str
    severity: str
    title: str
    opened_at: datetime


@dataclass(frozen=True)
class Detail:
    """One repository beyond its line: pull requests captured on days (UTC) of late, the last runs.

    `alerts` are those of its alerts that are open.
    """

    full_name: str
    days: tuple[tuple[date, int], ...] = ()
    alerts: tuple[AlertLine, ...] = ()
    runs: tuple[RunLine, ...] = ()
    activity: Activity = NOTHING


@dataclass(frozen=True)
class SnapshotRows:
    """All of it at one moment, counted by `backfill_read_snapshot_v1`.

    Of `alerts` those of all repositories come first.
    """

    routing: RoutingStanding
    repositories: tuple[RepositoryRow, ...]
    captures: Captures
    quota: tuple[Quota, ...]
    runs: Runs
    usage: Usage
    budget: MonthlyBudget
    data: Data
    activity: Activity
    alerts: tuple[AlertLine, ...]
    details: tuple[Detail, ...]
    behind: Behind


def snapshot_rows(result: Json) -> SnapshotRows:
    """Return what the database counted as values."""
    # Its rows are arrays: with thousands of repositories the names would be most of the response.
    columns, rows = result["repositories"]["columns"], result["repositories"]["rows"]
    details = (read(Detail, row, activity=_activity(row["activity"])) for row in result["details"])
    refresh = result["data"]["refresh"]
    return read(
        SnapshotRows,
        result,
        repositories=tuple(_repository(dict(zip(columns, row, strict=True))) for row in rows),
        usage=usage(result["usage"]),
        activity=_activity(result["activity"]),
        details=tuple(details),
        data=read(Data, {**result["data"], **refresh}, late_rounds=refresh["late"]),
    )


def _repository(row: Json) -> RepositoryRow:
    """Return a repository from its row: `kinds` are stored, total and short of kind after kind."""
    kinds, short = None, 0
    if counts := row["kinds"]:
        triples = zip(counts[::3], counts[1::3], counts[2::3], strict=True)
        kinds = {kind: Counted(*triple) for kind, triple in zip(KINDS, triples, strict=True)}
        short = kinds["pull_requests"].short
    pull_requests = Counted(row["stored"], row["total"], short)
    return read(RepositoryRow, row, pull_requests=pull_requests, kinds=kinds)


def usage(result: Json) -> Usage:
    """Return what `backfill_usage_v1` counted as a value."""
    # `from` is a keyword of Python, so no field can have that name.
    begins_at, ends_at = map(datetime.fromisoformat, (result["from"], result["until"]))
    return read(Usage, result, begins_at=begins_at, ends_at=ends_at)


def _activity(row: Json | None) -> Activity:
    """Return the activity of a repository, as it was counted at the end of a run."""
    # It is counted at the end of a run, so a repository that is new has none.
    if not row:
        return NOTHING
    return read(Activity, row, months=tuple(_month(*month) for month in row["months"]))


def _month(month: str, opened: int, merged: int, first_reviews: int, hours: float | None) -> Month:
    begins_at = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    return Month(begins_at, opened, merged, first_reviews, hours)
