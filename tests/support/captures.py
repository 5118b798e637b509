"""Run captures in this process, against a sandbox and a database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from contributor_backfill.capture.engine import FeedReport, FeedRun, steps_of
from contributor_backfill.capture.feed_serving import FeedServing
from contributor_backfill.capture.progress import Progress, Silence
from contributor_backfill.capture.progressive import ProgressiveRun, Report, Selection
from contributor_backfill.capture.sources.backfill import ChunkCapture, Options
from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.budget import Bounds
from contributor_backfill.domain.feeds import Feed, Wanted
from contributor_backfill.github.client import GitHubClient, new_session
from contributor_backfill.github.repositories import look_up
from contributor_backfill.operations.intake import Intake, take_in
from contributor_backfill.sandbox import Sandbox, SandboxClock

REPOSITORY = "octo-sandbox/rehearsal"
SILENCE = Silence()
DUE = Wanted((Feed.LISTS, Feed.PULL_REQUESTS, Feed.REVIEW_COMMENTS))
"""What one scheduled run serves after the backfills: every feed that is due."""
SYNC = Wanted((Feed.PULL_REQUESTS, Feed.REVIEW_COMMENTS, Feed.LISTS), forced=True)
"""A sync that was asked for by hand, with all that hangs on it."""


class SharedClock:
    """The sandbox's clock; a wait moves it for both sides and takes no time."""

    def __init__(self, clock: SandboxClock) -> None:
        self.slept: list[float] = []
        self._clock = clock

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.epoch(), UTC)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._clock.advance(seconds)


@dataclass(frozen=True)
class Rig:
    """A sandbox and a gateway, wired as the command line wires them, on a clock of its own."""

    sandbox: Sandbox
    gateway: Gateway
    clock: SharedClock

    def client(self) -> GitHubClient:
        return GitHubClient(
            new_session,
            self.clock,
            token="any",
            graphql_url=self.sandbox.graphql_url,
            api_url=self.sandbox.url,
        )

    def track(self, repository: str = REPOSITORY, *, backfill: bool | None = True) -> Intake:
        row, _ = look_up(self.client(), repository)
        return take_in(self.gateway, row, None, backfill)

    def run(
        self,
        *,
        repository: str | None = None,
        minutes: float = 5,
        chunks: int | None = None,
        chunk_size: int | None = None,
        reserve: int | None = None,
        lease_seconds: int = 60,
        holder: str = "test",
        is_dead: Callable[[str], bool] = lambda _: False,
    ) -> Report:
        options = Options(chunk_size, lease_seconds)
        capture = ChunkCapture(self.gateway, self.client(), self.clock, Silence(), options)
        run = ProgressiveRun(
            self.gateway, capture, self.clock, holder=holder, options=options, is_dead=is_dead
        )
        deadline = self.clock.now() + timedelta(minutes=minutes)
        return run.run(Selection(full_name=repository), Bounds(deadline, chunks, reserve, deadline))

    def change(self, change: str, **values: Any) -> dict[str, Any]:
        """Let something happen on GitHub."""
        return self.sandbox.change(change, repository=REPOSITORY, **values)

    def longest(self, connection: str, place: int = 0) -> dict[str, Any]:
        """Return the pull request with the longest list, as exported; `place` counts on from it."""
        export = self.sandbox.export(REPOSITORY)
        return sorted(export, key=lambda line: len(line[connection]), reverse=True)[place]

    def feeds(
        self,
        wanted: Wanted = DUE,
        *,
        minutes: float = 30,
        items: int | None = None,
        steps: int | None = None,
        reserve: int | None = None,
        lease_seconds: int = 60,
        holder: str = "test",
        is_dead: Callable[[str], bool] = lambda _: False,
        progress: Progress = SILENCE,
    ) -> FeedReport:
        client = self.client()
        steps_by_feed = steps_of(self.gateway, client, self.clock, progress)
        serving = FeedServing(
            self.gateway, self.clock, progress, steps_by_feed, lease_seconds=lease_seconds
        )
        run = FeedRun(
            self.gateway,
            serving,
            self.clock,
            holder=holder,
            lease_seconds=lease_seconds,
            is_dead=is_dead,
            has_one_token=not client.tokens.are_several,
        )
        deadline = self.clock.now() + timedelta(minutes=minutes)
        return run.run(wanted, Bounds(deadline, steps, reserve, deadline, items))


def rig(sandbox: Sandbox, gateway: Gateway) -> Rig:
    return Rig(sandbox, gateway, SharedClock(sandbox.clock))
