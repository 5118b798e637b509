"""Draw a sample of a repository's pull requests at random, for a few points."""

import math
from random import Random
from typing import Any

from contributor_backfill.domain.page_planner import thriftiest_size
from contributor_backfill.domain.policy import LARGEST_PAGE
from contributor_backfill.domain.sample import (
    Sample,
    SampledPullRequest,
    SampledReviewComment,
    numbers_to_try,
)
from contributor_backfill.github.faults import Unusable
from contributor_backfill.github.sampling import CONNECTIONS
from contributor_backfill.operations.asking import Asking

MOST_QUERIES = 4
"""Queries of the sample, a point each; two more ask for the repository and its newest numbers."""
SIZE = thriftiest_size(LARGEST_PAGE, CONNECTIONS)
"""How many numbers come for one point."""
ENOUGH = 2
"""The fewest pull requests that show how much they differ."""
PAGES, PER_PAGE = 3, 30
"""Of inline comments. GitHub answers large pages of that list with 502 where it is long."""


def draw(asking: Asking, random: Random, repository: dict[str, Any]) -> Sample:
    """Draw pull requests of a repository at random, and comments on their diffs."""
    population = int(repository["pull_requests_total"])
    if not population:
        return Sample(0, (), points=asking.points)
    found, tried, is_random = _pull_requests(asking, random, repository["node_id"], population)
    if not found:
        raise Unusable("GitHub counts pull requests, but gives none of them.")
    inline = sum(each.review_comments for each in found)
    comments: tuple[SampledReviewComment, ...] = ()
    if inline:
        about = inline * population / len(found)
        comments = _review_comments(asking, random, repository["full_name"], about)
    return Sample(population, found, comments, tried, is_random, asking.points, asking.requests)


def _pull_requests(
    asking: Asking, random: Random, node_id: str, population: int
) -> tuple[tuple[SampledPullRequest, ...], int, bool]:
    """Return pull requests, how many numbers were tried, and whether they are random."""
    newest = asking.newest_numbers(node_id)
    numbers = numbers_to_try(newest, population, MOST_QUERIES * SIZE, random)
    found: list[SampledPullRequest] = []
    tried, size = 0, SIZE
    for queries_left in range(MOST_QUERIES, 0, -1):
        rest = numbers[tried:]
        if not rest:
            break
        if queries_left == 1 and len(found) < ENOUGH:
            # Nearly all numbers are issues.
            batch, size = asking.pull_requests(node_id, newest, size)
            return batch, tried + size, False
        batch, size = asking.pull_requests(node_id, rest, size)
        found += batch
        tried += size
    return tuple(found), min(tried, len(numbers)), True


def _review_comments(
    asking: Asking, random: Random, full_name: str, about: float
) -> tuple[SampledReviewComment, ...]:
    """Return the inline comments of a few pages, drawn from about so many comments."""
    pages = math.ceil(about / PER_PAGE)
    drawn = random.sample(range(1, pages + 1), min(PAGES, pages))
    found = [each for page in drawn for each in asking.review_comments(full_name, page, PER_PAGE)]
    # There may be fewer pages than was thought.
    return tuple(found) or asking.review_comments(full_name, 1, PER_PAGE)
