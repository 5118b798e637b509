"""Ask GitHub how workflow runs ended that could not report it themselves."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from contributor_backfill.capture.fetcher import Deferred, Failed, Fetcher, ParsedResponse
from contributor_backfill.capture.report import Progress
from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.bounds import points_to_spend
from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.domain.workflow_runs import (
    JobState,
    Remainder,
    WorkflowAttempt,
    is_own_run,
)
from contributor_backfill.github.actions import (
    PAGE_SIZE,
    attempt_path,
    jobs_path,
    read_jobs,
    read_run,
    read_runs,
    runs_path,
)
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.faults import (
    AccessLost,
    Forbidden,
    GitHubFault,
    Gone,
    Unusable,
)
from contributor_backfill.github.http import RestResponse

if TYPE_CHECKING:
    from contributor_backfill.domain.types import RateLimit

ONE = PagePlanner(1, fixed=True)
MOST_PAGES = 10
"""GitHub lists no more than a thousand runs when they are filtered."""
TIME = "the time limit is reached"
RESERVE = "what is left of GitHub's requests this hour is kept for others"
PERMISSION = "Give the token `actions: read`: in a workflow, under `permissions:`."


@dataclass(frozen=True)
class SyncReport:
    """The result of a sync. `hidden` are repositories whose runs the token may not see.

    `deferral` says why GitHub was not asked about `unasked` runs, and `fault` what ended it.
    """

    settled: int
    remainder: Remainder
    unasked: int
    hidden: tuple[str, ...]
    deferral: Deferred | None
    fault: GitHubFault | None


class _NoTimeLeft(Exception):
    """GitHub asks to wait, or the run is at its end."""

    def __init__(self, deferral: Deferred) -> None:
        super().__init__(deferral.reason)
        self.deferral = deferral


class RunSync:
    """Ask GitHub for recent runs and for those that are open, until a deadline."""

    def __init__(
        self,
        gateway: Gateway,
        client: GitHubClient,
        clock: Clock,
        progress: Progress,
        deadline: datetime,
    ) -> None:
        self._gateway = gateway
        self._client = client
        self._clock = clock
        self._deadline = deadline
        self._fetcher = Fetcher(client, clock, progress)
        self._settled = 0
        self._visible: dict[str, bool] = {}
        self._rate_limit: RateLimit | None = None
        self._deferral: Deferred | None = None
        self._fault: GitHubFault | None = None
        self._damage: GitHubFault | None = None

    def run(self, run_id: str, repository: str, since: datetime) -> SyncReport:
        """Settle what GitHub tells of, then what fell silent. `run_id` is the run that asks.

        Only the database's errors are raised: what GitHub refuses is in the report, after what
        needs no GitHub was done.
        """
        self._stopping(lambda: self._take_recent(repository, since))
        opened = self._gateway.open_workflow_runs(since)
        waiting = list(opened.attempts)
        # One that is not asked about stays at the head, so that the count of the rest is right.
        while waiting and self._can_go_on:
            self._stopping(lambda: self._ask_about(waiting[0]))
            if self._can_go_on:
                waiting.pop(0)
        remainder = self._gateway.finish_run_sync(run_id, opened.asked_at)
        hidden = tuple(name for name, is_visible in self._visible.items() if not is_visible)
        settled = self._settled + remainder.lost
        return SyncReport(
            settled, remainder, len(waiting), hidden, self._deferral, self._fault or self._damage
        )

    @property
    def _can_go_on(self) -> bool:
        return self._deferral is None and self._fault is None

    def _stopping(self, work: Callable[[], None]) -> None:
        """Do some work, and keep what ends it. One damaged document does not end the rest."""
        try:
            work()
        except _NoTimeLeft as stop:
            self._deferral = stop.deferral
        except Unusable as damage:
            self._damage = damage
        except GitHubFault as fault:
            self._fault = fault

    def _take_recent(self, repository: str, since: datetime) -> None:
        created = f">={since:%Y-%m-%dT%H:%M:%SZ}"
        try:
            for page in self._pages(runs_path(repository), MOST_PAGES, created=created):
                runs = read_runs(page.document)
                noted = self._gateway.note_workflow_runs(
                    (run, is_own_run(run, any_name=False)) for run in runs
                )
                self._settled += noted.settled
        except AccessLost as error:
            raise _refused(repository, error) from error
        self._visible[repository.lower()] = True

    def _ask_about(self, attempt: WorkflowAttempt) -> None:
        if not self._can_see(attempt.repository):
            return
        try:
            observation = read_run(self._get(attempt_path(attempt)).document, attempt)
            jobs = tuple(self._jobs(attempt))
        except Gone:
            self._settled += self._gateway.lose_workflow_run(attempt)
            return
        # What was asked for is what is on record, also after a rename.
        found = replace(observation, attempt=attempt, jobs=jobs)
        self._settled += self._gateway.note_workflow_runs([(found, True)]).settled

    def _jobs(self, attempt: WorkflowAttempt) -> Iterator[JobState]:
        for page in self._pages(jobs_path(attempt), MOST_PAGES):
            yield from read_jobs(page.document)

    def _can_see(self, repository: str) -> bool:
        """Tell whether the token sees a repository's runs: else none of them is gone."""
        key = repository.lower()
        if key not in self._visible:
            try:
                self._get(runs_path(repository), {"per_page": 1})
            except AccessLost:
                self._visible[key] = False
            else:
                self._visible[key] = True
        return self._visible[key]

    def _pages(self, path: str, most: int, **parameters: str) -> Iterator[RestResponse]:
        for number in range(1, most + 1):
            response = self._get(path, {**parameters, "per_page": PAGE_SIZE, "page": number})
            yield response
            if not response.has_next_page:
                return

    def _get(self, path: str, parameters: Mapping[str, str | int] | None = None) -> RestResponse:
        self._stop_in_time()

        def ask(_: Any) -> ParsedResponse[RestResponse]:
            response = self._client.get(path, parameters)
            return ParsedResponse(response, response.rate_limit, 0, 0)

        fetched = self._fetcher.fetch(ask, ONE, self._deadline, has_ladder=False)
        if isinstance(fetched, Deferred):
            raise _NoTimeLeft(fetched)
        if isinstance(fetched, Failed):
            raise fetched.fault
        self._rate_limit = fetched.rate_limit
        return fetched.content

    def _stop_in_time(self) -> None:
        now, left = self._clock.now(), self._rate_limit
        if now >= self._deadline:
            raise _NoTimeLeft(Deferred(self._deadline, TIME, 0))
        if left and points_to_spend(left, now, None) <= 0:
            raise _NoTimeLeft(Deferred(left.reset_at, RESERVE, 0))


def _refused(repository: str, fault: AccessLost) -> AccessLost:
    kind = Gone if isinstance(fault, Gone) else Forbidden
    return kind(
        f"GitHub does not show the workflow runs of {repository} to this token.",
        advice=PERMISSION,
    )
