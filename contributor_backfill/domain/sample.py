"""What an estimate is made from: pull requests drawn at random, and some of their texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from statistics import fmean

from contributor_backfill.domain.storage import Keep

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
    """The texts of one inline review comment."""

    body: str
    diff_hunk: str


@dataclass(frozen=True)
class Sample:
    """What was drawn from a repository of `population` pull requests, and what drawing it cost.

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
    highest = max(newest, default=0)
    return tuple(random.sample(range(1, highest + 1), min(count, highest)))


def mean_bytes(texts: Sequence[str], keep: Keep) -> float:
    """Return how many bytes are kept of a text on average; of none, none."""
    return fmean(map(len, _kept(texts, keep))) if texts else 0.0


def _kept(texts: Sequence[str], keep: Keep) -> list[bytes]:
    return [(keep.of(text) or "").encode(errors="replace") for text in texts]
