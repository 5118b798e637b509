"""What a full capture takes, worked out from a sample before anything is spent."""

from collections.abc import Iterable
from dataclasses import dataclass

from contributor_backfill.domain.effort import Effort, Pace, Quotas, effort_of
from contributor_backfill.domain.intervals import Interval, sum_of
from contributor_backfill.domain.row_sizes import bytes_of
from contributor_backfill.domain.sample import Sample
from contributor_backfill.domain.storage import Keep, Storage

MEGABYTE = 1_000_000
USUAL_STORAGES = (Storage(), Storage(bodies=Keep(0)), Storage(Keep(0), Keep(0)))
"""What everyone may want to compare: all of it, no bodies, neither bodies nor diff hunks."""


@dataclass(frozen=True)
class Estimate:
    """What a repository has and what its capture takes. `megabytes` are by what is kept."""

    full_name: str
    sample: Sample
    pace: Pace
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
    pace: Pace,
    quotas: Quotas,
    *,
    connections: int,
    storages: Iterable[Storage] = USUAL_STORAGES,
) -> Estimate:
    """Work out what a capture takes.

    `connections` are the lists of each pull request that GitHub charges for.
    """
    seen, population = sample.pull_requests, sample.population
    review_comments = sum_of([each.review_comments for each in seen], population)
    return Estimate(
        full_name=full_name,
        sample=sample,
        pace=pace,
        quotas=quotas,
        reviews=sum_of([each.reviews for each in seen], population),
        comments=sum_of([each.comments for each in seen], population),
        review_comments=review_comments,
        effort=effort_of(sample, review_comments, pace, quotas, connections),
        megabytes=tuple(
            (storage, sum_of(bytes_of(sample, storage), population).map(_megabytes))
            for storage in dict.fromkeys(storages)
        ),
    )


def _megabytes(size: float) -> float:
    return size / MEGABYTE
