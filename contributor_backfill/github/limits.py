"""What GitHub says of its limits, in headers and in words. Pure; header names are in lower case.

The rules are GitHub's:
https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from contributor_backfill.domain.types import RateLimit
from contributor_backfill.github.faults import GitHubFault, PrimaryLimit, SecondaryLimit
from contributor_backfill.net.retry_after import http_date, retry_after

Headers = Mapping[str, str]
SECONDARY_LIMIT_TEXTS = ("secondary rate limit", "abuse detection")
# The newer spelling is real: see githubkit issue 271.
SPENT_TYPES = frozenset({"RATE_LIMITED", "RATE_LIMIT"})


def limit_fault(
    status: int, headers: Headers, types: frozenset[str], message: str, now: datetime
) -> GitHubFault | None:
    """Tell the two kinds of rate limit apart: a secondary limit never waits for the reset.

    `types` are those of GraphQL's errors. `now` dates a reset that GitHub did not name.
    """
    if status not in {200, 403, 429}:
        return None
    wait = retry_after(headers, now)
    if any(text in message.lower() for text in SECONDARY_LIMIT_TEXTS):
        return SecondaryLimit(f"GitHub's secondary rate limit: {message}", wait)
    spent = bool(types & SPENT_TYPES)
    if status != 200 and headers.get("x-ratelimit-remaining") == "0":
        spent = True
    if spent:
        reset = reset_at(headers) or now + timedelta(hours=1)
        return PrimaryLimit(f"GitHub's hourly limit is spent: {message}", reset)
    if status == 429 or (status == 403 and wait is not None):
        return SecondaryLimit(f"GitHub asks to wait: {status} {message}", wait)
    return None


def rate_limit(headers: Headers) -> RateLimit | None:
    """Return what is left of the hour, or None when the headers do not say."""
    reset = reset_at(headers)
    if reset and "x-ratelimit-remaining" in headers and "x-ratelimit-limit" in headers:
        limit, remaining = headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"]
        return RateLimit(int(limit), int(remaining), reset)
    return None


def reset_at(headers: Headers) -> datetime | None:
    """Return when the hour ends."""
    reset = headers.get("x-ratelimit-reset", "")
    return datetime.fromtimestamp(int(reset), UTC) if reset.isdigit() else None


def date(headers: Headers) -> datetime | None:
    """Return GitHub's clock."""
    return http_date(headers.get("date", ""))
