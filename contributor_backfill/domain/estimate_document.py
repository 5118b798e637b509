"""An estimate as JSON: for `--json`, and as `backfill_repositories.estimate` keeps it."""

import math
from dataclasses import asdict
from typing import Any

from contributor_backfill.domain.estimate import (
    DOLLARS_PER_MINUTE,
    PAGE_SECONDS,
    REQUEST_SECONDS,
    Estimate,
)
from contributor_backfill.domain.intervals import CONFIDENCE, Interval


def document(estimate: Estimate) -> dict[str, Any]:
    """Return an estimate's figures, each with its interval; null is an infinite one."""
    effort = estimate.effort
    return {
        "full_name": estimate.full_name,
        "pull_requests": estimate.pull_requests,
        "reviews": _counted(estimate.reviews),
        "comments": _counted(estimate.comments),
        "review_comments": _counted(estimate.review_comments),
        "points": _counted(effort.points),
        "rest_requests": _counted(effort.requests),
        "minutes": _measured(effort.minutes),
        "hours": _measured(effort.hours),
        "limited_by": effort.limited_by,
        "scheduled_hours": _measured(effort.scheduled_hours),
        "dollars": {"private": _measured(effort.dollars), "public": 0},
        "megabytes": [
            {
                "bodies": str(storage.bodies),
                "diff_hunks": str(storage.diff_hunks),
                **_measured(size),
            }
            for storage, size in estimate.megabytes
        ],
        "sample": _sample(estimate),
        "assumptions": _assumptions(estimate),
    }


def _sample(estimate: Estimate) -> dict[str, Any]:
    sample = estimate.sample
    return {
        "pull_requests": len(sample.pull_requests),
        "review_comments": len(sample.review_comments),
        "numbers": sample.numbers,
        "is_random": sample.is_random,
        "confidence": CONFIDENCE,
        "points": sample.points,
        "rest_requests": sample.requests,
    }


def _assumptions(estimate: Estimate) -> dict[str, Any]:
    pace, quotas = estimate.pace, estimate.quotas
    return {
        "page_seconds": pace.page_seconds or PAGE_SECONDS,
        "page_seconds_measured": pace.page_seconds is not None,
        "request_seconds": pace.request_seconds or REQUEST_SECONDS,
        "request_seconds_measured": pace.request_seconds is not None,
        "hourly_points": quotas.points,
        "hourly_rest_requests": quotas.requests,
        "dollars_per_minute": DOLLARS_PER_MINUTE,
    }


def _counted(interval: Interval) -> dict[str, int | None]:
    """Return whole numbers, with bounds rounded outwards."""
    bounds = asdict(interval.map(round))
    if math.isfinite(interval.high):
        bounds |= {"low": math.floor(interval.low), "high": math.ceil(interval.high)}
    return {name: bound if math.isfinite(bound) else None for name, bound in bounds.items()}


def _measured(interval: Interval) -> dict[str, float | None]:
    return {
        name: round(bound, 3) if math.isfinite(bound) else None
        for name, bound in asdict(interval).items()
    }
