"""How many pull requests to ask for at once: 1 to 100.

It begins with the chunk calculator's size. From then on the planner works from what was measured:
by rule of thumb until two pages came, and wherever a page's load is not known, then by prediction.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from contributor_backfill.domain import page_experience
from contributor_backfill.domain.page_experience import NOTHING_KNOWN, Experience, Load
from contributor_backfill.domain.policy import (
    CLEAN_PAGES_TO_FORGET_A_FAILURE,
    CLEAN_PAGES_TO_GROW,
    CLEAN_PAGES_TO_TRY_AGAIN,
    FAMILIAR_GROWTH,
    LARGEST_PAGE,
    SLOW_MILLISECONDS,
)


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


@dataclass(frozen=True)
class PagePlanner:
    """The size of the next page, and what is remembered of those before it.

    `clean_pages` counts the pages in a row that came without trouble at this size, `failed_size` is
    the smallest size that failed lately, `fixed` is set by `--chunk-size`. `known` is what was
    learnt of earlier pages; two planners are equal without it.
    """

    size: int
    clean_pages: int = 0
    failed_size: int | None = None
    fixed: bool = False
    known: Experience = field(default=NOTHING_KNOWN, compare=False)

    def cost(self, connections: int) -> int:
        """Return the points of the next page."""
        return page_points(self.size, connections)

    def at_least(self, smallest: int) -> "PagePlanner":
        """Plan a page of `smallest` items or more."""
        return replace(self, size=max(smallest, self.size))

    def came(self, milliseconds: int, connections: int, load: Load | None = None) -> "PagePlanner":
        """Plan the page after one that came whole: predict, once enough is known.

        Without a `load`, grow slowly after clean pages, and shrink after a slow one.
        """
        if self.fixed:
            return self
        if load is None:
            return self._by_rule_of_thumb(milliseconds, connections)
        known = page_experience.after_page(
            self.known, load, milliseconds, page_points(self.size, connections)
        )
        if not known.predicts:
            return replace(self._by_rule_of_thumb(milliseconds, connections), known=known)
        clean = self.clean_pages + 1
        failed_size = self._still_failed if clean < CLEAN_PAGES_TO_TRY_AGAIN else None
        size = _predicted_size(known, connections, failed_size)
        if known.suspects:
            # Larger pages would bring the one that was cut off once more.
            size = min(size, self.size)
        return PagePlanner(size, clean, failed_size, known=known)

    def came_smaller(self, planned: "PagePlanner", came: "PagePlanner") -> "PagePlanner":
        """Plan the page after one that came smaller, though the size may not have been at fault.

        This size is asked for once more. `came` is the planner of the page that came; its
        `failed_size` stays, so that the size is blamed if it fails again (see `is_blameless`).
        `planned` is what would follow it.
        """
        return PagePlanner(self.size, failed_size=came.failed_size, known=planned.known)

    def cut_off(self) -> "PagePlanner":
        """Plan the next try after a page that was too much for GitHub: ask for less."""
        return replace(
            self,
            size=page_experience.shrunk_size(self.known, self.size),
            clean_pages=0,
            failed_size=self.size,
            known=page_experience.after_cut_off(self.known, self.size),
        )

    @property
    def is_blameless(self) -> bool:
        """Whether a page of this size that ended at once says nothing against the size.

        It does where the size is larger than what came lately, or failed a moment ago.
        """
        if self.failed_size is not None and self.size >= self.failed_size:
            return False
        return not self.known.predicts or self.size <= self.known.largest * FAMILIAR_GROWTH

    def in_doubt(self) -> "PagePlanner":
        """Plan the next try after a page that ended at once, twice: half, and nothing is learnt."""
        return replace(self, size=max(1, self.size // 2), clean_pages=0, failed_size=self.size)

    def blamed(self) -> "PagePlanner":
        """Plan the next try after a page that ended at once and is not blameless: half of it.

        It came at half the size when it failed before.
        """
        failed = min(self.size, self.failed_size or self.size)
        return replace(self, size=max(1, failed // 2), clean_pages=0, failed_size=failed)

    def passed(self, connections: int) -> "PagePlanner":
        """Plan the page after a single bad pull request was found and passed.

        The size was not at fault, so it is not remembered as failed, nor that its pages were cut
        off.
        """
        if self.fixed:
            return self
        if self.known.predicts:
            return PagePlanner(_predicted_size(self.known, connections), known=self.known)
        return replace(self, size=max(1, self.size // 2), clean_pages=0, failed_size=None)

    def after_lost_runs(self, retry_count: int) -> "PagePlanner":
        """Plan a chunk that killed `retry_count` runs before this one: half for each of them."""
        return replace(self, size=max(1, self.size >> retry_count))

    def to_json(self) -> dict[str, Any] | None:
        """Return what is stored of it; None for a size that a person has fixed."""
        if self.fixed:
            return None
        return {
            "page_size": self.size,
            "clean_pages": self.clean_pages,
            "failed_size": self.failed_size,
            "measurements": page_experience.to_json(self.known),
            "items_per_point": self.known.items_per_point,
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any], *, fixed: bool = False) -> "PagePlanner":
        """Return what was stored. Measurements that cannot be ours count as none."""
        known = page_experience.from_json(row.get("measurements"))
        return cls(row["page_size"], row["clean_pages"], row["failed_size"], fixed, known)

    @property
    def _still_failed(self) -> int | None:
        """The size that failed, or null once a page of that size came."""
        failed = self.failed_size
        return failed if failed is not None and self.size < failed else None

    def _by_rule_of_thumb(self, milliseconds: int, connections: int) -> "PagePlanner":
        if milliseconds > SLOW_MILLISECONDS:
            smaller = max(1, self.size * 3 // 4)
            return PagePlanner(smaller, failed_size=self.size, known=self.known)
        clean = self.clean_pages + 1
        failed_size = self._still_failed if clean < CLEAN_PAGES_TO_FORGET_A_FAILURE else None
        if clean < CLEAN_PAGES_TO_GROW:
            return replace(self, clean_pages=clean, failed_size=failed_size)
        reach = min(LARGEST_PAGE, max(self.size + 1, self.size * 3 // 2))
        if failed_size is not None:
            # A quarter below what failed: closer in, the next time-out is a matter of luck.
            reach = min(reach, failed_size * 3 // 4)
        better = thriftiest_size(max(1, reach), connections)
        if better <= self.size:
            return replace(self, clean_pages=clean, failed_size=failed_size)
        return PagePlanner(better, failed_size=failed_size, known=self.known)


def _predicted_size(known: Experience, connections: int, failed_size: int | None = None) -> int:
    """Return the page that makes the most of a point, of those that GitHub will not cut off."""
    # Time is not the only limit: what GitHub counts besides, it does not say.
    at_most = LARGEST_PAGE if failed_size is None else max(1, failed_size * 3 // 4)
    return thriftiest_size(page_experience.largest_size(known, at_most), connections)
