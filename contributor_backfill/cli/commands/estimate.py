"""`estimate`: what a capture takes, before anything is spent."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import click

from contributor_backfill.cli.app import Recording, has_embedded, open_client, recorded
from contributor_backfill.cli.options import (
    FullName,
    json_option,
    storage_options,
    store_option,
)
from contributor_backfill.cli.output import echo, echo_json, hint
from contributor_backfill.cli.progress import Lines
from contributor_backfill.cli.settings import Settings, Store, load
from contributor_backfill.domain.clock import SystemClock
from contributor_backfill.domain.estimate import (
    DOLLARS_PER_MINUTE,
    MINUTES_PER_RUN,
    PAGE_SECONDS,
    REQUEST_SECONDS,
    RUNS_PER_HOUR,
    Estimate,
)
from contributor_backfill.domain.intervals import CONFIDENCE, Interval
from contributor_backfill.domain.storage import UNSAID, Keep, Wish, Wishes
from contributor_backfill.reports.wording import duration, plural

if TYPE_CHECKING:
    from contributor_backfill.db.gateway import Gateway


@click.command()
@click.option("--repository", type=FullName(), required=True, help="Of this repository.")
@storage_options
@json_option
@store_option
def estimate(
    *,
    repository: str,
    bodies: Keep | None,
    diff_hunks: Keep | None,
    as_json: bool,
    store: Store | None,
) -> None:
    """Say what a full capture takes: counts, points, requests, time, money and megabytes.

    It asks GitHub about a sample of pull requests, for six points at most. A database is asked
    where one is configured, named with --store, or embedded and there already: how fast the
    repository was captured so far, and how much of its texts it keeps. If it is tracked there, the
    estimate is stored, for `status` to show. None is needed, and none is made.
    """
    settings = load()
    wish = Wish(bodies, diff_hunks)
    with _recording(settings, store, repository, wish) as recording:
        found = _estimate(settings, repository, wish, recording)
        is_kept = recording is not None and _keep(recording.gateway, repository, found)
        measured = _measured(recording.gateway, repository) if recording and is_kept else ""
    if as_json:
        echo_json(document(found))
    else:
        echo_estimate(found)
    if measured and not as_json:
        echo(measured)
    if is_kept:
        hint("The estimate is stored with the repository.")


@contextmanager
def _recording(
    settings: Settings, asked: Store | None, repository: str, storage: Wish
) -> Iterator[Recording | None]:
    """Open the database, unless there is none and none was asked for."""
    # An estimate makes no database: it is asked for before anybody decides to have one.
    if asked or settings.names_store or has_embedded(settings):
        with recorded(settings, asked, repository=repository, storage=storage) as recording:
            yield recording
    else:
        yield None


def _estimate(
    settings: Settings, repository: str, wish: Wish, recording: Recording | None
) -> "Estimate":
    from contributor_backfill.domain.estimate import UNKNOWN_PACE
    from contributor_backfill.operations.estimate import estimate_capture

    pace, storage = UNKNOWN_PACE, Wishes(wish, settings.storage).storage(UNSAID)
    client = recording.client() if recording else open_client(settings)
    hint(f"Asking GitHub about a sample of {repository}.")
    if recording is not None:
        pace, storage = recording.gateway.read_pace(repository)
    # Chance, not secrecy.
    random = Random()  # noqa: S311
    return estimate_capture(
        client,
        SystemClock(),
        random,
        repository,
        pace=pace,
        storages=[storage],
        progress=Lines(),
    )


def _measured(gateway: "Gateway", repository: str) -> str:
    """Say when its backfill will be done at the pace of this database, in the words of `status`."""
    from contributor_backfill.reports.repository_words import when_done
    from contributor_backfill.reports.standing import standing

    now = SystemClock().now()
    found = standing(gateway.read_status(full_name=repository)[0], now)
    if found.state != "active":
        return ""
    if found.forecast is None:
        return "When the backfill is done is not known yet: two runs of the schedule tell."
    return f"At its present pace the backfill is done {when_done(found.forecast, now)}."


def _keep(gateway: "Gateway", repository: str, found: "Estimate") -> bool:
    """Store an estimate if the repository is tracked, perhaps under the name it had before."""
    # GitHub answers an old name with the new one, and either may be stored.
    names = dict.fromkeys((repository, found.full_name))
    return any(gateway.store_estimate(name, document(found)) for name in names)


LIMITS = {
    "time": "how long GitHub takes to respond",
    "points": "the points of an hour, in which GitHub counts what a query costs",
    "requests": "the REST requests of an hour",
}
Words = Callable[[float], str]


def echo_estimate(estimate: Estimate) -> None:
    """Print an estimate, what it rests on, and how far it may be off."""
    echo(f"{estimate.full_name}: {plural(estimate.pull_requests, 'pull request')} on GitHub.")
    echo(_row("", "about", "between"))
    for name, interval, words in _figures(estimate):
        low, high = words(interval.low), words(interval.high)
        bounds = f"{low} and {high}" if low != high else ""
        echo(_row(name, words(interval.value), bounds))
    for line in (*_time(estimate), *_sample(estimate)):
        echo(line)


def _figures(estimate: Estimate) -> Iterator[tuple[str, Interval, Words]]:
    effort = estimate.effort
    yield "reviews", estimate.reviews, _count
    yield "conversation comments", estimate.comments, _count
    yield "review comments", estimate.review_comments, _count
    yield "points of GitHub's quota", effort.points, _count
    yield "REST requests", effort.requests, _count
    yield "time of GitHub's responses", effort.minutes, _minutes
    yield "until done, without a pause", effort.hours, _hours
    yield f"in {_schedule()}", effort.scheduled_hours, _hours
    yield "Actions, private repository", effort.dollars, _dollars
    for storage, size in estimate.megabytes:
        kept = f"database, bodies {storage.bodies}, hunks {storage.diff_hunks}"
        yield kept, size, _megabytes


def _row(name: str, value: str, bounds: str) -> str:
    return f"  {name:<46} {value:>12}  {bounds}".rstrip()


def _schedule() -> str:
    return f"runs of {MINUTES_PER_RUN} minutes, {RUNS_PER_HOUR} an hour"


def _time(estimate: Estimate) -> Iterator[str]:
    pace, quotas = estimate.pace, estimate.quotas
    page = _pace(pace.page_seconds, PAGE_SECONDS, "page")
    limit = LIMITS[estimate.effort.limited_by]
    request = _pace(pace.request_seconds, REQUEST_SECONDS, "REST request")
    yield f"Time: {page}, {request}. What limits it: {limit}."
    yield (
        "The refresh costs the same again in each round, spread out: by default 30 days for pull"
        " requests of the last year, 90 for older ones."
    )
    points, requests = _limited(quotas.points), _limited(quotas.requests)
    yield (
        f"The token has {points} points and {requests} REST requests an hour; a fifth of each is"
        " kept for others. A public repository's Actions cost nothing."
    )


def _pace(measured: float | None, usual: float, noun: str) -> str:
    if measured is None:
        return f"{usual} s a {noun} (assumed)"
    return f"{measured:.1f} s a {noun} (measured here)"


def _limited(quota: int | None) -> str:
    return "unlimited" if quota is None else f"{quota:,}"


def _sample(estimate: Estimate) -> Iterator[str]:
    sample = estimate.sample
    seen = len(sample.pull_requests)
    cost = f"{plural(sample.points, 'point')} and {plural(sample.requests, 'REST request')}"
    # Of a small repository a sample is all there is.
    if seen >= sample.population:
        yield f"Every pull request was looked at, for {cost}: the counts are exact."
        return
    how = "drawn at random" if sample.is_random else "the newest, which may differ from the rest"
    yield (
        f"From {plural(seen, 'pull request')}, {how}, and"
        f" {plural(len(sample.review_comments), 'review comment')}; for {cost}."
    )
    yield (
        "Of 20 samples like this one, 19 have the true figure between their bounds. A few very long"
        " lists that the sample missed would raise it."
    )


def _count(value: float) -> str:
    return f"{value:,.0f}" if math.isfinite(value) else "unknown"


def _minutes(value: float) -> str:
    return duration(timedelta(minutes=value)) if math.isfinite(value) else "unknown"


def _hours(value: float) -> str:
    return duration(timedelta(hours=value)) if math.isfinite(value) else "never"


def _dollars(value: float) -> str:
    return f"${value:,.2f}" if math.isfinite(value) else "unknown"


def _megabytes(value: float) -> str:
    return f"{value:,.1f} MB" if math.isfinite(value) else "unknown"


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
        "minutes": _rounded(effort.minutes),
        "hours": _rounded(effort.hours),
        "limited_by": effort.limited_by,
        "scheduled_hours": _rounded(effort.scheduled_hours),
        "dollars": {"private": _rounded(effort.dollars), "public": 0},
        "megabytes": [
            {
                "bodies": str(storage.bodies),
                "diff_hunks": str(storage.diff_hunks),
                **_rounded(size),
            }
            for storage, size in estimate.megabytes
        ],
        "sample": _sample_document(estimate),
        "assumptions": _assumptions(estimate),
    }


def _sample_document(estimate: Estimate) -> dict[str, Any]:
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


def _rounded(interval: Interval) -> dict[str, float | None]:
    return {
        name: round(bound, 3) if math.isfinite(bound) else None
        for name, bound in asdict(interval).items()
    }
