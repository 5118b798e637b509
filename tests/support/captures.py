"""Run captures in this process, against a sandbox and a database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from contributor_backfill.capture.engine import Engine, Holder
from contributor_backfill.capture.report import Progress, Report, Silence
from contributor_backfill.capture.sources import all_sources
from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.bounds import Bounds
from contributor_backfill.domain.sources import SourceName, Wanted
from contributor_backfill.github.client import GitHubClient, new_session
from contributor_backfill.github.repositories import look_up
from contributor_backfill.operations.tracking import TrackedRepository, track_repository
from contributor_backfill.sandbox import RepositoryOptions, Sandbox, SandboxClock, World

REPOSITORY = "octo-sandbox/rehearsal"
SILENCE = Silence()
DUE = Wanted((SourceName.CONNECTIONS, SourceName.SYNC, SourceName.REVIEW_COMMENTS))
"""The sources that one scheduled run serves after the backfills, where they are due."""
SYNC = Wanted((SourceName.SYNC, SourceName.REVIEW_COMMENTS, SourceName.CONNECTIONS), forced=True)
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

    def track(
        self, repository: str = REPOSITORY, *, backfill: bool | None = True
    ) -> TrackedRepository:
        row, _ = look_up(self.client(), repository)
        return track_repository(self.gateway, row, None, backfill)

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
        held = Holder(holder, is_dead, lease_seconds)
        engine = self.engine(held, chunk_size=chunk_size)
        deadline = self.clock.now() + timedelta(minutes=minutes)
        wanted = Wanted((SourceName.BACKFILL,), full_name=repository)
        return engine.run(wanted, Bounds(deadline, chunks, reserve, deadline))

    def engine(
        self, holder: Holder, progress: Progress = SILENCE, *, chunk_size: int | None = None
    ) -> Engine:
        """Return what captures from every source."""
        client = self.client()
        sources = all_sources(self.gateway, client, self.clock, progress, chunk_size=chunk_size)
        return Engine(self.gateway, client, self.clock, progress, sources, holder=holder)

    def change(self, change: str, **values: Any) -> dict[str, Any]:
        """Let something happen on GitHub."""
        return self.sandbox.change(change, repository=REPOSITORY, **values)

    def longest(self, connection: str, place: int = 0) -> dict[str, Any]:
        """Return the pull request with the longest list, as exported; `place` counts on from it."""
        export = self.sandbox.export(REPOSITORY)
        return sorted(export, key=lambda line: len(line[connection]), reverse=True)[place]

    def serve(
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
    ) -> Report:
        engine = self.engine(Holder(holder, is_dead, lease_seconds), progress)
        deadline = self.clock.now() + timedelta(minutes=minutes)
        return engine.run(wanted, Bounds(deadline, steps, reserve, deadline, items))


def rig(sandbox: Sandbox, gateway: Gateway) -> Rig:
    return Rig(sandbox, gateway, SharedClock(sandbox.clock))


@contextmanager
def tracked(gateway: Gateway, options: RepositoryOptions, **how: Any) -> Iterator[Rig]:
    """Serve a world of one repository, and track it."""
    with Sandbox(World.of([options]), **how) as sandbox:
        work = rig(sandbox, gateway)
        work.track()
        yield work
