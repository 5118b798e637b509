"""The composition root for GitHub: from settings to a client."""

from typing import TYPE_CHECKING

from contributor_backfill.cli.settings import Settings
from contributor_backfill.domain.clock import Clock, SystemClock

if TYPE_CHECKING:
    from contributor_backfill.github.client import GitHubClient


def open_client(settings: Settings, clock: Clock | None = None) -> "GitHubClient":
    """Return a client for the token that is set. Raises `NotConfigured` when none is."""
    token = settings.token()
    from contributor_backfill.github.client import GitHubClient, new_session

    return GitHubClient(
        new_session(settings.network),
        clock or SystemClock(),
        token=token,
        graphql_url=settings.graphql_url,
        api_url=settings.api_url,
    )
