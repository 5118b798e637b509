"""Estimate what a full capture of a repository takes, before anything is spent on it."""

from collections.abc import Iterable
from random import Random

from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.effort import UNKNOWN_PACE, Pace, Quotas
from contributor_backfill.domain.estimating import USUAL_STORAGES, Estimate, estimate
from contributor_backfill.domain.storage import Storage
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.pull_requests import connections
from contributor_backfill.github.sampling import hourly_requests
from contributor_backfill.operations.asking import Asking
from contributor_backfill.operations.drawing import draw


def estimate_capture(
    client: GitHubClient,
    clock: Clock,
    random: Random,
    full_name: str,
    *,
    pace: Pace = UNKNOWN_PACE,
    storages: Iterable[Storage] = (),
) -> Estimate:
    """Look a repository up, draw a sample of it, and work out what a capture takes.

    It costs six points at most and a few REST requests. `storages` are estimated besides the usual
    ones. Raises `Gone` and the other faults of GitHub.
    """
    asking = Asking(client, clock)
    repository = asking.repository(full_name)
    sample = draw(asking, random, repository)
    return estimate(
        repository["full_name"],
        sample,
        pace,
        Quotas(asking.hourly_points, hourly_requests(client)),
        connections=connections(pace.with_labels),
        storages=(*USUAL_STORAGES, *storages),
    )
