"""The jobs of a fleet like contributor.info's: what routing is measured with, and its bench.

96 repositories, the largest of 110,000 pull requests and each next one smaller by Zipf's law. A day
brings 240 jobs, shuffled: the last day of each repository, the last week of 34 of them, 108 jobs
for the reviews or comments of 1 to 40 pull requests, the last month of one with 1,000 to 9,000 pull
requests (always GitHub Actions), and one run of the backfill of a newly tracked one, with 50 to 250
pull requests left (the same). That is 6 % of the work by rule, at most 14 % in 500 jobs in a row.
While a giant is being backfilled a single run reads 2,400 pull requests, a quarter of the work of
500 such jobs: then the rules alone can give GitHub Actions more than its band.
"""

import random
from collections.abc import Iterator
from uuid import UUID

from contributor_backfill.domain.jobs import JobType, Work
from contributor_backfill.domain.routing import Facts

SIZES = tuple(int(110_000 / (rank + 1) ** 1.1) + 20 for rank in range(96))
MIDDLE = [size for size in SIZES if 1_000 < size < 9_000]
Job = tuple[Work, Facts]


def fleet_jobs(count: int, seed: int) -> Iterator[Job]:
    """Yield jobs, the same ones for the same seed."""
    generator = random.Random(seed)
    made = 0
    while made < count:
        for work, facts in _day(generator)[: count - made]:
            yield work, facts
            made += 1


def _day(generator: random.Random) -> list[Job]:
    jobs = [_job(generator, JobType.RECENT_PRS, size, days=1) for size in SIZES]
    jobs += [
        _job(generator, JobType.HISTORICAL_PR_SYNC, size, days=7)
        for size in generator.sample(SIZES, 34)
    ]
    for _ in range(108):
        job_type = generator.choice([JobType.REVIEWS, JobType.COMMENTS])
        numbers = tuple(range(1, generator.randint(2, 41)))
        jobs.append(_job(generator, job_type, generator.choice(SIZES), numbers=numbers))
    jobs.append(_job(generator, JobType.HISTORICAL_PR_SYNC, generator.choice(MIDDLE), days=30))
    backfill = _job(generator, JobType.PROGRESSIVE_BACKFILL, generator.choice(SIZES[40:]))
    jobs.append((backfill[0], Facts(backfill[1].pull_requests, generator.randint(50, 250), True)))
    generator.shuffle(jobs)
    return jobs


def _job(
    generator: random.Random,
    job_type: JobType,
    size: int,
    *,
    days: int | None = None,
    numbers: tuple[int, ...] = (),
) -> Job:
    job_id = str(UUID(int=generator.getrandbits(128)))
    return Work(job_id, job_type, f"fleet/of-{size}", days, numbers), Facts(size)
