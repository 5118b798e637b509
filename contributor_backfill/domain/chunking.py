"""How many pull requests to ask for at once.

The chunk calculator is the original plan's and sets the size of a repository nobody knows yet. From
then on the page planner works from what was measured: by rule of thumb until two pages came, and
wherever a page's load is not known, then by prediction. Sizes are pull requests a page, 1 to 100.
"""

import math
from dataclasses import replace

from contributor_backfill.domain import page_planning
from contributor_backfill.domain.page_planning import Experience, Load
from contributor_backfill.domain.types import PageSize, Priority

LARGEST_PAGE = 100
CLEAN_PAGES_TO_GROW = 2
CLEAN_PAGES_TO_FORGET_A_FAILURE = 20
CLEAN_PAGES_TO_TRY_AGAIN = 20
"""The same where time is predicted."""
FAMILIAR_GROWTH = 1.25
"""How many times the largest page of late a page may be and still count as one that came before."""
SLOW_MILLISECONDS = 6_000
"""GitHub cuts a query off at ten seconds and charges extra for it: shrink well before."""


def chunk_size(
    total: int, points_left: int | None = None, average_changed_files: float | None = None
) -> int:
    """Return the original plan's chunk size for a repository of `total` pull requests."""
    size = 25
    if total > 10_000:
        size = 10
    elif total > 5_000:
        size = 15
    elif total > 1_000:
        size = 20
    if points_left is not None and points_left < 1_000:
        size = max(5, size // 2)
    if average_changed_files is not None and average_changed_files > 100:
        size = max(5, size * 7 // 10)
    return size


def interval_minutes(priority: Priority, points_left: int | None = None) -> int:
    """Return how far apart the original plan wants the runs of a repository, in minutes."""
    if priority in {Priority.HIGH, Priority.CRITICAL}:
        return 15
    if points_left is not None and points_left < 500:
        return 60
    return 30


def page_points(size: int, connections: int) -> int:
    """Return what GitHub charges for a page whose pull requests each have `connections` lists.

    One request for the page and one for each list of each pull request, a hundredth of a point
    each, rounded to the nearest, at least one:
    https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#predicting-the-point-value-of-a-query
    """
    return max(1, math.floor((1 + size * connections) / 100 + 0.5))


def thriftiest_size(at_most: int, connections: int) -> int:
    """Return the size that brings most pull requests a point, the largest of equals."""
    return max(range(1, at_most + 1), key=lambda n: (n / page_points(n, connections), n))


def after_measured_page(
    plan: PageSize, load: Load, milliseconds: int, connections: int
) -> PageSize:
    """Plan the page after one that came whole and held `load`: predict, once enough is known."""
    if plan.fixed:
        return plan
    points = page_points(plan.page_size, connections)
    known = page_planning.after_page(plan.known, load, milliseconds, points)
    if not known.predicts:
        return replace(after_clean_page(plan, milliseconds, connections), known=known)
    clean = plan.clean_pages + 1
    failed_size = _still_failed(plan) if clean < CLEAN_PAGES_TO_TRY_AGAIN else None
    size = predicted_size(known, connections, failed_size)
    if known.suspects:
        # Larger pages would bring the one that was cut off once more.
        size = min(size, plan.page_size)
    return PageSize(size, clean, failed_size, known=known)


def predicted_size(known: Experience, connections: int, failed_size: int | None = None) -> int:
    """Return the page that makes the most of a point, of those that GitHub will not cut off."""
    # Time is not the only limit: GitHub has other limits and does not publish them.
    at_most = LARGEST_PAGE if failed_size is None else max(1, failed_size * 3 // 4)
    return thriftiest_size(page_planning.largest_size(known, at_most), connections)


def after_clean_page(plan: PageSize, milliseconds: int, connections: int) -> PageSize:
    """Plan the page after one that came whole in `milliseconds`: grow slowly, shrink when slow."""
    if plan.fixed:
        return plan
    if milliseconds > SLOW_MILLISECONDS:
        smaller = max(1, plan.page_size * 3 // 4)
        return PageSize(smaller, failed_size=plan.page_size, known=plan.known)
    clean = plan.clean_pages + 1
    failed_size = _still_failed(plan) if clean < CLEAN_PAGES_TO_FORGET_A_FAILURE else None
    if clean < CLEAN_PAGES_TO_GROW:
        return replace(plan, clean_pages=clean, failed_size=failed_size)
    reach = min(LARGEST_PAGE, max(plan.page_size + 1, plan.page_size * 3 // 2))
    if failed_size is not None:
        # A quarter below what failed: closer in, the next time-out is a matter of luck.
        reach = min(reach, failed_size * 3 // 4)
    better = thriftiest_size(max(1, reach), connections)
    if better <= plan.page_size:
        return replace(plan, clean_pages=clean, failed_size=failed_size)
    return PageSize(better, failed_size=failed_size, known=plan.known)


def _still_failed(plan: PageSize) -> int | None:
    """Return the size that failed, or None once a page of that size came."""
    failed = plan.failed_size
    return failed if failed is not None and plan.page_size < failed else None


def is_blameless(plan: PageSize) -> bool:
    """Tell whether a page of this size that ended at once says nothing against the size.

    It does where the size is larger than what came lately, or failed a moment ago.
    """
    if plan.failed_size is not None and plan.page_size >= plan.failed_size:
        return False
    return not plan.known.predicts or plan.page_size <= plan.known.largest * FAMILIAR_GROWTH


def in_doubt(plan: PageSize) -> PageSize:
    """Plan the next try after a page that ended at once, twice: half, and nothing is learnt."""
    smaller = max(1, plan.page_size // 2)
    return replace(plan, page_size=smaller, clean_pages=0, failed_size=plan.page_size)


def tried_again(before: PageSize, planned: PageSize, came: PageSize) -> PageSize:
    """Plan the page after one that came smaller, though the size may not have been at fault.

    The size of before is asked for once more. `came` is the plan of the page that came; its
    `failed_size` stays, so that the size is blamed if it fails again (see `is_blameless`).
    """
    return PageSize(before.page_size, failed_size=came.failed_size, known=planned.known)


def blamed(plan: PageSize) -> PageSize:
    """Plan the next try after a page that ended at once and is not blameless: half of what failed.

    It came at half the size when it failed before.
    """
    failed = min(plan.page_size, plan.failed_size or plan.page_size)
    return replace(plan, page_size=max(1, failed // 2), clean_pages=0, failed_size=failed)


def after_fault(plan: PageSize) -> PageSize:
    """Plan the next try after a page that was too much for GitHub: halve it, or ask for less."""
    return replace(
        plan,
        page_size=page_planning.shrunk_size(plan.known, plan.page_size),
        clean_pages=0,
        failed_size=plan.page_size,
        known=page_planning.after_cut_off(plan.known, plan.page_size),
    )


def after_poison(before: PageSize, connections: int) -> PageSize:
    """Plan the page after a single bad pull request was found and passed, from the size before.

    The size was not at fault, so it is not remembered as failed, nor that its pages were cut off.
    """
    if before.fixed:
        return before
    if before.known.predicts:
        return PageSize(predicted_size(before.known, connections), known=before.known)
    return replace(before, page_size=max(1, before.page_size // 2), clean_pages=0, failed_size=None)


def after_lost_runs(plan: PageSize, retry_count: int) -> PageSize:
    """Plan a chunk that killed `retry_count` runs before this one: half for each of them."""
    return replace(plan, page_size=max(1, plan.page_size >> retry_count))
