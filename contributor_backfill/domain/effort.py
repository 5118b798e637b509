"""What a full capture costs GitHub and whoever waits for it: points, requests, time, dollars."""

import math
from dataclasses import dataclass

from contributor_backfill.domain import prices
from contributor_backfill.domain.budget import reserve_points
from contributor_backfill.domain.intervals import Interval, exactly
from contributor_backfill.domain.request_counts import feed_requests, list_queries, walk
from contributor_backfill.domain.sample import Sample

PAGE_SECONDS = 3.5
"""How long GitHub takes for a page of 25 to 30 pull requests, as reported by other clients."""
REQUEST_SECONDS = 1.0
"""How long GitHub takes for a REST request, roughly."""
_, DOLLARS_PER_MINUTE = prices.DOLLARS_PER_MINUTE[prices.Runner.LINUX]
"""A minute of a standard Linux runner in a private repository from 2026 on.

https://docs.github.com/en/billing/reference/actions-runner-pricing
"""
MINUTES_PER_RUN, RUNS_PER_HOUR = 5, 2


@dataclass(frozen=True)
class Pace:
    """How fast a repository was captured so far; null where nothing was measured."""

    page_seconds: float | None = None
    request_seconds: float | None = None
    page_size: int | None = None
    with_labels: bool = False


UNKNOWN_PACE = Pace()


@dataclass(frozen=True)
class Quotas:
    """What the token may spend an hour; null is without a limit."""

    points: int | None
    requests: int | None


@dataclass(frozen=True)
class Effort:
    """What a capture costs GitHub and its waiting user. An hour that never ends is infinite.

    `hours` go on without a pause; `scheduled_hours` are made of runs of five minutes, two an hour.
    """

    points: Interval
    requests: Interval
    minutes: Interval
    hours: Interval
    limited_by: str
    scheduled_hours: Interval
    dollars: Interval


def effort_of(
    sample: Sample, review_comments: Interval, pace: Pace, quotas: Quotas, connections: int
) -> Effort:
    """Estimate what the pages, the longer lists and the inline comments take together.

    `connections` are the lists of each pull request that GitHub charges for.
    """
    pages, page_cost = walk(sample.population, pace.page_size, connections)
    queries = list_queries(sample)
    requests = review_comments.map(feed_requests)
    graphql = exactly(pages).plus(queries).map(lambda n: n * (pace.page_seconds or PAGE_SECONDS))
    rest = requests.map(lambda n: n * (pace.request_seconds or REQUEST_SECONDS))
    minutes = graphql.plus(rest).map(lambda seconds: seconds / 60)
    points = exactly(page_cost).plus(queries)
    hours, limited_by = _hours(points, requests, minutes, quotas)
    return Effort(
        points=points,
        requests=requests,
        minutes=minutes,
        hours=hours,
        limited_by=limited_by,
        scheduled_hours=_slowest(hours, minutes.map(_scheduled)),
        # Actions rounds every job up to the minute.
        dollars=minutes.map(lambda m: math.ceil(m) * DOLLARS_PER_MINUTE),
    )


def _hours(
    points: Interval, requests: Interval, minutes: Interval, quotas: Quotas
) -> tuple[Interval, str]:
    """Return how long a run without a pause takes, and what it waits for most."""
    paces = {
        "time": minutes.map(lambda m: m / 60),
        "points": points.map(lambda n: _hours_of(n, quotas.points)),
        "requests": requests.map(lambda n: _hours_of(n, quotas.requests)),
    }
    slowest = max(paces, key=lambda name: paces[name].value)
    return _slowest(*paces.values()), slowest


def _hours_of(spent: float, limit: int | None) -> float:
    """Return the hours that a quota makes a capture wait; what one hour allows is there at once."""
    if limit is None or not spent:
        return 0.0
    usable = limit - reserve_points(limit, None)
    if usable <= 0:
        return math.inf
    return spent / usable if spent > usable else 0.0


def _scheduled(minutes: float) -> float:
    """Return the hours from the beginning of the first run to the end of the last one's work."""
    earlier = max(0, math.ceil(minutes / MINUTES_PER_RUN) - 1)
    return earlier / RUNS_PER_HOUR + (minutes - earlier * MINUTES_PER_RUN) / 60


def _slowest(*paces: Interval) -> Interval:
    return Interval(
        max(pace.value for pace in paces),
        max(pace.low for pace in paces),
        max(pace.high for pace in paces),
    )
