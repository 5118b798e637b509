"""The sandbox as a context manager: a local GitHub for the length of a block."""

import threading
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self

from contributor_backfill.sandbox.changes import apply
from contributor_backfill.sandbox.clock import SandboxClock
from contributor_backfill.sandbox.export import dispatches, documents, issues
from contributor_backfill.sandbox.faults import Rule, rule_of
from contributor_backfill.sandbox.options import Limits, WorkModel
from contributor_backfill.sandbox.server.http import SandboxServer
from contributor_backfill.sandbox.server.service import Service
from contributor_backfill.sandbox.world import World

_POLL_SECONDS = 0.02


class Sandbox:
    """A local GitHub in a thread of this process.

    `with Sandbox(World.of([RepositoryOptions()])) as sandbox:` answers at `sandbox.graphql_url`
    until the block ends. Any token is accepted but those in `bad_tokens`.
    """

    def __init__(
        self,
        world: World,
        *,
        limits: Limits | None = None,
        work_model: WorkModel | None = None,
        clock: SandboxClock | None = None,
        bad_tokens: frozenset[str] = frozenset(),
        port: int = 0,
    ) -> None:
        self.world = world
        self.clock = clock or SandboxClock()
        self.service = Service(
            world,
            limits=limits or Limits(),
            work_model=work_model or WorkModel(),
            clock=self.clock,
            bad_tokens=bad_tokens,
        )
        self._server = SandboxServer(self.service, port)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_SECONDS,), daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Return what `GITHUB_API_URL` is to be."""
        return self._server.url

    @property
    def graphql_url(self) -> str:
        """Return what `GITHUB_GRAPHQL_URL` is to be."""
        return f"{self.url}/graphql"

    def add_fault(self, rule: Rule | Mapping[str, Any]) -> None:
        """Put a fault in force, given as a rule or as its JSON. Raises `InvalidInput`."""
        with self.service.lock:
            self.service.rules.add(rule if isinstance(rule, Rule) else rule_of(rule))

    def clear_faults(self) -> None:
        """Take all faults out of force."""
        with self.service.lock:
            self.service.rules.clear()

    def counters(self) -> dict[str, Any]:
        """Return what was asked and charged since the start."""
        with self.service.lock:
            return self.service.counters.snapshot(self.service.rules.hits())

    def change(self, change: str, **values: Any) -> dict[str, Any]:
        """Change the world: `change("add_comment", repository="owner/name", number=7)`."""
        with self.service.lock:
            return apply(self.world, self.clock, {"change": change, **values})

    @property
    def webhook_url(self) -> str:
        """Return where alerts can be sent to, without a token."""
        return f"{self.url}/_sandbox/webhook"

    def webhooks(self) -> list[Any]:
        """Return the JSON of every webhook that was sent here, oldest first."""
        with self.service.lock:
            return list(self.service.webhooks.received)

    def answer_webhooks_with(self, status: int) -> None:
        """Answer further webhooks with a status. Raises `InvalidInput`."""
        with self.service.lock:
            self.service.webhooks.respond_with(status)

    def inngest_events(self, *, received: bool = False) -> list[dict[str, Any]]:
        """Return the events that Inngest would run, or with `received` every one that was sent."""
        with self.service.lock:
            sink = self.service.inngest
            return list(sink.received) if received else list(sink.run.values())

    def answer_inngest_with(self, *script: int | str) -> None:
        """Answer the next events so: a status, or `lost` once they are taken."""
        with self.service.lock:
            self.service.inngest.respond_with(script)

    def dispatches(self, repository: str) -> list[dict[str, Any]]:
        """Return every workflow dispatch, oldest first. Raises `NotFound`."""
        with self.service.lock:
            return dispatches(self.world.repository(repository))

    def issues(self, repository: str) -> list[dict[str, Any]]:
        """Return every issue that was written, with its comments. Raises `NotFound`."""
        with self.service.lock:
            found = self.world.repository(repository)
            return issues(self.world, found)

    def export(self, repository: str) -> Iterator[dict[str, Any]]:
        """Yield everything there is, one pull request at a time, newest first."""
        found = self.world.repository(repository)
        yield from documents(self.world, found)
