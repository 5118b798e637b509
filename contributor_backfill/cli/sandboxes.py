"""The composition root for the sandbox GitHub."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from contributor_backfill.domain.errors import NotConfigured

if TYPE_CHECKING:
    from contributor_backfill.sandbox import Sandbox


def need_sandbox_extra() -> None:
    """Raise `NotConfigured` when the extra `sandbox` is not installed."""
    if find_spec("graphql") is None:
        raise NotConfigured(
            "The sandbox GitHub needs the extra `sandbox`, which is not installed.",
            advice="Run: pip install 'contributor-backfill[sandbox]'",
        )


@contextmanager
def sample_sandbox(repository: str, pull_requests: int) -> Iterator["Sandbox"]:
    """Serve one invented repository."""
    need_sandbox_extra()
    from contributor_backfill.sandbox import Limits, RepositoryOptions, Sandbox, World

    options = RepositoryOptions(name_with_owner=repository, pull_requests=pull_requests)
    world = World.of([options])
    with Sandbox(world, limits=Limits(hourly_points=100_000, hourly_requests=100_000)) as sandbox:
        yield sandbox
