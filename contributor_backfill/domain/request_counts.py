"""How many requests a full capture sends, and how many points they cost."""

import math

from contributor_backfill.domain.chunking import chunk_size
from contributor_backfill.domain.intervals import Interval, sum_of
from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.domain.policy import LARGEST_PAGE
from contributor_backfill.domain.sample import Sample, SampledPullRequest

LISTS_PER_QUERY = 20
"""How many lists that are longer than their page are read on at once, to begin with."""


def walk(total: int, page_size: int | None, connections: int) -> tuple[int, int]:
    """Return the pages and points of a walk without trouble: the planner's own sizes, added up."""
    plan = PagePlanner(page_size or min(LARGEST_PAGE, chunk_size(total)))
    pages = points = 0
    left = total
    while left > 0:
        pages += 1
        points += plan.cost(connections)
        left -= plan.size
        plan = plan.came(0, connections)
    return pages, points


def feed_requests(review_comments: float) -> int:
    """Return the requests for inline comments: each page begins with the last one's last comment.

    One is needed to learn that there are none.
    """
    return max(1, math.ceil((review_comments - 1) / (LARGEST_PAGE - 1)))


def list_queries(sample: Sample) -> Interval:
    """Estimate the queries for lists beyond their first page, which comes with the walk.

    Each reads on many lists at once, but no list more than a page: the longest needs so many.
    """
    further = [_further_pages(each) for each in sample.pull_requests]
    longest = max(map(max, further), default=0)
    pages = sum_of([sum(each) for each in further], sample.population)
    return pages.map(lambda pages: max(longest, math.ceil(pages / LISTS_PER_QUERY)))


def _further_pages(pull_request: SampledPullRequest) -> list[int]:
    lengths = (pull_request.reviews, pull_request.comments)
    return [max(0, math.ceil(length / LARGEST_PAGE) - 1) for length in lengths]
