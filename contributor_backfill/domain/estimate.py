"""The cost of a full capture, worked out from a sample before anything is spent.

Requests and points follow from the sample, time and dollars from these, bytes from its texts.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random
from statistics import fmean

from contributor_backfill.domain import prices
from contributor_backfill.domain.bounds import reserve_points
from contributor_backfill.domain.intervals import Interval, exactly, sum_of
from contributor_backfill.domain.page_planner import PagePlanner, chunk_size
from contributor_backfill.domain.policy import LARGEST_PAGE
from contributor_backfill.domain.storage import Keep, Storage

Texts = tuple[str, ...]


@dataclass(frozen=True)
class SampledPullRequest:
    """One pull request: GitHub's totals, and the first texts of its lists."""

    title: str
    body: str
    reviews: int
    comments: int
    review_comments: int
    review_bodies: Texts = ()
    comment_bodies: Texts = ()


@dataclass(frozen=True)
class SampledReviewComment:
    """The texts of one review comment."""

    body: str
    diff_hunk: str


@dataclass(frozen=True)
class Sample:
    """A sample of a repository of `population` pull requests, and its own cost.

    `numbers` is how many numbers were tried: those of issues bring nothing. Without `is_random`
    the pull requests are the newest.
    """

    population: int
    pull_requests: tuple[SampledPullRequest, ...]
    review_comments: tuple[SampledReviewComment, ...] = ()
    numbers: int = 0
    is_random: bool = True
    points: int = 0
    requests: int = 0


def numbers_to_try(
    newest: tuple[int, ...], population: int, count: int, random: Random
) -> tuple[int, ...]:
    """Return up to `count` numbers, each as likely as the others, or all where all are known.

    `newest` are numbers of pull requests, the highest first: a small repository has no others.
    """
    if population <= len(newest):
        return newest
    # Issues and pull requests share one row of numbers, so some of these bring nothing.
    highest = max(newest, default=0)
    return tuple(random.sample(range(1, highest + 1), min(count, highest)))


def mean_bytes(texts: Sequence[str], keep: Keep) -> float:
    """Return how many bytes are kept of a text on average; of none, none."""
    return fmean(map(len, _kept(texts, keep))) if texts else 0.0


def _kept(texts: Sequence[str], keep: Keep) -> list[bytes]:
    # GitHub may send half of a surrogate pair, which is no UTF-8.
    return [(keep.of(text) or "").encode(errors="replace") for text in texts]


LISTS_PER_QUERY = 20
"""Connections longer than their page that are read on at once, to begin with."""


def backfill_requests(total: int, page_size: int | None, connections: int) -> tuple[int, int]:
    """Return the pages and points of a backfill without errors, by the planner's sizes."""
    plan = PagePlanner(page_size or min(LARGEST_PAGE, chunk_size(total)))
    pages = points = 0
    left = total
    while left > 0:
        pages += 1
        points += plan.cost(connections)
        left -= plan.size
        plan = plan.came(0, connections)
    return pages, points


def comment_requests(review_comments: float) -> int:
    """Return the requests for review comments: each page begins with the last one's last comment.

    One is needed to learn that there are none.
    """
    return max(1, math.ceil((review_comments - 1) / (LARGEST_PAGE - 1)))


def list_queries(sample: Sample) -> Interval:
    """Estimate the queries for lists beyond their first page, which comes with the backfill.

    Each reads on many lists at once, but no list more than a page: the longest needs so many.
    """
    further = [_further_pages(pull_request) for pull_request in sample.pull_requests]
    longest = max(map(max, further), default=0)
    pages = sum_of(list(map(sum, further)), sample.population)
    return pages.map(lambda pages: max(longest, math.ceil(pages / LISTS_PER_QUERY)))


def _further_pages(pull_request: SampledPullRequest) -> list[int]:
    lengths = (pull_request.reviews, pull_request.comments)
    return [max(0, math.ceil(length / LARGEST_PAGE) - 1) for length in lengths]


PAGE_SECONDS = 3.5
"""GitHub's time for a page of 25 to 30 pull requests, as reported by other clients."""
REQUEST_SECONDS = 1.0
"""GitHub's time for a REST request, roughly."""
_, DOLLARS_PER_MINUTE = prices.DOLLARS_PER_MINUTE[prices.Runner.LINUX]
"""A minute of a standard Linux runner in a private repository from 2026 on.

https://docs.github.com/en/billing/reference/actions-runner-pricing
"""
MINUTES_PER_RUN, RUNS_PER_HOUR = 5, 2


@dataclass(frozen=True)
class RequestPace:
    """The measured times of a repository's requests; null where nothing was measured."""

    page_seconds: float | None = None
    request_seconds: float | None = None
    page_size: int | None = None
    with_labels: bool = False


UNKNOWN_PACE = RequestPace()


@dataclass(frozen=True)
class Quotas:
    """The token's quotas of an hour; null is without a limit."""

    points: int | None
    requests: int | None


@dataclass(frozen=True)
class Effort:
    """The effort of a capture, for GitHub and its waiting user. What never ends is infinite.

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
    sample: Sample, review_comments: Interval, pace: RequestPace, quotas: Quotas, connections: int
) -> Effort:
    """Estimate what the pages, the longer lists and the review comments take together.

    `connections` are the lists of each pull request that GitHub charges for.
    """
    pages, page_cost = backfill_requests(sample.population, pace.page_size, connections)
    queries = list_queries(sample)
    requests = review_comments.map(comment_requests)
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
    """Return the hours that a quota makes a capture wait."""
    if limit is None or not spent:
        return 0.0
    usable = limit - reserve_points(limit, None)
    if usable <= 0:
        return math.inf
    # What one hour allows is there at once.
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


# How many bytes of database a captured row takes: heap, TOAST and indexes. Measured on 2026-11-25
# on PostgreSQL 18.4 as `pg_total_relation_size` a row, in the schema that `migrate` makes in an
# empty database, after a full capture of a sandbox repository of 5,000 pull requests with 3
# reviews, 3 conversation and 2.3 review comments each, 41 % of these replies. It was captured
# three times: with everything, with `--bodies none`, and with `--diff-hunks none` too. The last is
# what a row takes without its texts. The difference of two, divided by the bytes of text between
# them, is what a byte of text takes: above 1 by what Postgres leaves empty and, where replies are
# linked, by the earlier version of a row; below 1 where TOAST compresses long bodies. On
# 2026-11-29 reviews and comments were measured again, without texts: each has an index more. In
# contributor.info's schema, with its many indexes, the same capture took a fifth more.
PULL_REQUEST = 1_260
"""With its row of totals (500) and its part of the page's record (45); its title counts as text."""
REVIEW = 310
COMMENT = 305
REVIEW_COMMENT = 530
PERSON = 650
PEOPLE = 0.1
"""Authors a pull request: 0.02 to 0.5 in five real lists, 0.07 in pytorch/pytorch."""
BODY = 0.9
COMMENT_BODY = 1.0
REVIEW_COMMENT_BODY = 1.3
DIFF_HUNK = 1.4


def bytes_of(sample: Sample, storage: Storage) -> list[float]:
    """Return what each pull request of a sample takes with everything that hangs on it."""
    comment = _review_comment(sample, storage)
    return [
        _pull_request(pull_request, storage) + comment * pull_request.review_comments
        for pull_request in sample.pull_requests
    ]


def _pull_request(pull_request: SampledPullRequest, storage: Storage) -> float:
    bodies = storage.bodies
    text = mean_bytes([pull_request.title], Keep()) + mean_bytes([pull_request.body], bodies)
    review = REVIEW + BODY * mean_bytes(pull_request.review_bodies, bodies)
    comment = COMMENT + COMMENT_BODY * mean_bytes(pull_request.comment_bodies, bodies)
    own = PULL_REQUEST + BODY * text + PEOPLE * PERSON
    return own + review * pull_request.reviews + comment * pull_request.comments


def _review_comment(sample: Sample, storage: Storage) -> float:
    """Return what a review comment takes on average."""
    comments = sample.review_comments
    body = mean_bytes([comment.body for comment in comments], storage.bodies)
    diff_hunk = mean_bytes([comment.diff_hunk for comment in comments], storage.diff_hunks)
    return REVIEW_COMMENT + REVIEW_COMMENT_BODY * body + DIFF_HUNK * diff_hunk


MEGABYTE = 1_000_000
USUAL_STORAGES = (Storage(), Storage(bodies=Keep(0)), Storage(Keep(0), Keep(0)))
"""The usual ways to store: all of it, no bodies, neither bodies nor diff hunks."""


@dataclass(frozen=True)
class Estimate:
    """The size of a repository and the cost of its capture. `megabytes` are by what is kept."""

    full_name: str
    sample: Sample
    pace: RequestPace
    quotas: Quotas
    reviews: Interval
    comments: Interval
    review_comments: Interval
    effort: Effort
    megabytes: tuple[tuple[Storage, Interval], ...]

    @property
    def pull_requests(self) -> int:
        """GitHub's own count."""
        return self.sample.population


def estimate(
    full_name: str,
    sample: Sample,
    pace: RequestPace,
    quotas: Quotas,
    *,
    connections: int,
    storages: Iterable[Storage] = USUAL_STORAGES,
) -> Estimate:
    """Work out what a capture takes.

    `connections` are the lists of each pull request that GitHub charges for.
    """
    drawn, population = sample.pull_requests, sample.population
    review_comments = sum_of([pull_request.review_comments for pull_request in drawn], population)
    return Estimate(
        full_name=full_name,
        sample=sample,
        pace=pace,
        quotas=quotas,
        reviews=sum_of([pull_request.reviews for pull_request in drawn], population),
        comments=sum_of([pull_request.comments for pull_request in drawn], population),
        review_comments=review_comments,
        effort=effort_of(sample, review_comments, pace, quotas, connections),
        megabytes=tuple(
            (storage, sum_of(bytes_of(sample, storage), population).map(_megabytes))
            for storage in dict.fromkeys(storages)
        ),
    )


def _megabytes(size: float) -> float:
    return size / MEGABYTE
