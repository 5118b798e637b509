"""How many pull requests to ask for at once: 1 to 100. Pure.

It begins with the chunk calculator's size. From then on the planner works from what was measured:
by rule of thumb until two pages came, and wherever a page is not whole, then by prediction.

GitHub cuts a query off after ten seconds. From the pages that came the planner learns what a pull
request takes, and how far pages stray from that. The next page is the largest that stays below the
limit even so. Of a page that was cut off only this is known: it would have taken longer than the
limit.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from contributor_backfill.domain.policy import (
    CLEAN_PAGES_TO_FORGET_A_FAILURE,
    CLEAN_PAGES_TO_GROW,
    CLEAN_PAGES_TO_TRY_AGAIN,
    CUT_OFF_MILLISECONDS,
    FAMILIAR_GROWTH,
    LARGEST_PAGE,
    SLOW_MILLISECONDS,
)

# What follows was chosen with `scripts/bench_planner.py`, on models of GitHub, not on GitHub.
REQUEST_MILLISECONDS = 250.0
"""The part of a request's time that does not depend on its size."""
LEAST_MILLISECONDS = 1.0
"""No pull request is taken to need less: from nothing, no page that strays leads up again."""
FORGETTING = 0.95
"""The weight of a page after the next one came: the last twenty or so are remembered."""
LEAST_PAGES = 2
"""Below this many pages nothing is predicted."""
FIRST_SPREAD = 0.35
"""How far pages stray at first: the standard deviation of the logarithm of their time."""
SPREADS = 2.4
"""How many standard deviations are kept between the expected time and the limit."""
OUTLIER_SPREADS = 2.5
"""A page that strays further counts as if it had strayed so far: one giant is no trend."""
CUT_OFF_SURPLUS = 0.25
"""How far beyond the limit a page that was cut off is taken to have come, as a logarithm."""
SMALLEST_STEP, LARGEST_STEP = 3.5, 8.0
"""By how many times a page shrinks that was cut off. Each further try may be cut off as well, and
costs more than what it takes to go on from a size that is too small."""
GROWTH = 2
"""How many times the largest page of late the next may be: nothing is known of larger ones."""

VERSION = 2
"""Goes up when the meaning of a stored number changes: what was learnt before is then forgotten."""
LARGEST = 1e15


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
class PageTimes:
    """The times of a query's pages on one repository; of fixed size, however many came.

    `pages` counts them, older ones for less. A pull request takes `milliseconds`; `variance` is of
    the logarithm of a page's time over what was expected of it. `largest` is the largest page of
    late. `suspects` counts the next pull requests that were on a page that was cut off: one of them
    may be a giant. `items_per_point` is what a point of the quota brought, 0 before the first page.
    """

    pages: float = 0.0
    milliseconds: float = 0.0
    variance: float = FIRST_SPREAD**2
    largest: float = 0.0
    suspects: int = 0
    items_per_point: float = 0.0

    @property
    def predicts(self) -> bool:
        """Whether enough pages came to say anything of the next."""
        return self.pages > LEAST_PAGES - 1

    def expected(self, size: int) -> float:
        """Return the milliseconds that a page of `size` pull requests takes."""
        return REQUEST_MILLISECONDS + size * self.milliseconds

    def largest_size(self, at_most: int) -> int:
        """Return the largest page, up to `at_most`, that stays below GitHub's limit with margin."""
        margin = math.exp(SPREADS * math.sqrt(self.variance))
        allowed = (CUT_OFF_MILLISECONDS / margin - REQUEST_MILLISECONDS) / self.milliseconds
        return max(1, math.floor(min(at_most, self.largest * GROWTH, allowed)))

    def shrunk_size(self, size: int) -> int:
        """Return what to ask for after a page of `size` was cut off: an eighth to two sevenths.

        The longer it took than was expected, the less is noise to blame, and the more one giant on
        it: then fewer steps lead down to the giant, each of which would be cut off as well. Where
        nothing is known yet, it is half.
        """
        if not self.pages:
            return max(1, size // 2)
        times = CUT_OFF_MILLISECONDS / self.expected(size)
        return max(1, math.floor(size / min(LARGEST_STEP, max(SMALLEST_STEP, times / 2))))

    def after_page(self, size: int, milliseconds: float, points: int) -> "PageTimes":
        """Learn from a page of `size` pull requests that came and was charged `points`."""
        # A server that is quicker than GitHub ever is strays far from what is expected. Taken as it
        # is, that would count as noise, and noise makes the next pages small.
        took = max(REQUEST_MILLISECONDS, float(milliseconds))
        pages = self.pages * FORGETTING + 1
        if self.pages:
            # The first pages count alike, later ones for a twentieth.
            known = self._strayed(math.log(took / self.expected(size)), 1 / pages)
        else:
            first = max(took - REQUEST_MILLISECONDS, took / 4) / size
            known = replace(self, milliseconds=max(LEAST_MILLISECONDS, first))
        brought = size / max(1, points)
        return replace(
            known,
            pages=pages,
            largest=max(float(size), self.largest * FORGETTING),
            suspects=max(0, self.suspects - size),
            items_per_point=0.9 * (self.items_per_point or brought) + 0.1 * brought,
        )

    def after_cut_off(self, size: int) -> "PageTimes":
        """Learn from a page of `size` that was cut off: it takes longer than the limit."""
        if not self.pages:
            return self
        least = max(0.0, math.log(CUT_OFF_MILLISECONDS / self.expected(size)))
        strayed = self._strayed(least + CUT_OFF_SURPLUS, 1 - FORGETTING)
        return replace(strayed, suspects=max(self.suspects, size))

    def _strayed(self, logarithm: float, step: float) -> "PageTimes":
        """Take in how far one page strayed from what was expected of its size."""
        reach = OUTLIER_SPREADS * math.sqrt(self.variance)
        away = min(reach, max(-reach, logarithm))
        return replace(
            self,
            milliseconds=max(LEAST_MILLISECONDS, self.milliseconds * math.exp(step * away)),
            variance=FORGETTING * (self.variance + (1 - FORGETTING) * away**2),
        )

    def to_json(self) -> dict[str, Any] | None:
        """Return what is stored; None before any page came. Six digits are as good as all."""
        if self == NOTHING_KNOWN:
            return None
        return {"version": VERSION} | {name: float(f"{v:.6g}") for name, v in vars(self).items()}

    @classmethod
    def from_json(cls, row: object) -> "PageTimes":
        """Return what a stored row says. One that cannot be ours counts as none."""
        if not isinstance(row, Mapping) or row.get("version") != VERSION:
            return NOTHING_KNOWN
        found: dict[str, Any] = {name: row.get(name) for name in vars(NOTHING_KNOWN)}
        if not all(map(_can_be_ours, found.values())):
            return NOTHING_KNOWN
        known = cls(**found)
        if known.pages < 1 or known.milliseconds < LEAST_MILLISECONDS or not known.variance:
            return NOTHING_KNOWN
        return replace(
            known, variance=min(5.0, known.variance), suspects=min(100, int(known.suspects))
        )


NOTHING_KNOWN = PageTimes()


def _can_be_ours(value: object) -> bool:
    return type(value) in {int, float} and 0 <= value <= LARGEST  # type: ignore[operator]  # seen


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
    known: PageTimes = field(default=NOTHING_KNOWN, compare=False)

    def cost(self, connections: int) -> int:
        """Return the points of the next page."""
        return page_points(self.size, connections)

    def at_least(self, smallest: int) -> "PagePlanner":
        """Plan a page of `smallest` items or more."""
        return replace(self, size=max(smallest, self.size))

    def came(self, milliseconds: int, connections: int, items: int | None = None) -> "PagePlanner":
        """Plan the page after one that came: predict, once enough is known.

        `items` is null where the page was not whole, so that its time says nothing: then grow
        slowly after clean pages, and shrink after a slow one.
        """
        if self.fixed:
            return self
        if items is None:
            return self._by_rule_of_thumb(milliseconds, connections)
        points = page_points(self.size, connections)
        known = self.known.after_page(items, milliseconds, points)
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
            size=self.known.shrunk_size(self.size),
            clean_pages=0,
            failed_size=self.size,
            known=self.known.after_cut_off(self.size),
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

    def to_json(self) -> dict[str, Any] | None:
        """Return what is stored of it; None for a size that a person has fixed."""
        if self.fixed:
            return None
        return {
            "page_size": self.size,
            "clean_pages": self.clean_pages,
            "failed_size": self.failed_size,
            "measurements": self.known.to_json(),
            "items_per_point": self.known.items_per_point or None,
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "PagePlanner":
        """Return what was stored: half the size for each run that was lost on this page.

        Measurements that cannot be ours count as none.
        """
        return cls(
            max(1, row["page_size"] >> (row.get("lost_runs") or 0)),
            row["clean_pages"],
            row["failed_size"],
            row["is_fixed"],
            PageTimes.from_json(row["measurements"]),
        )

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


def _predicted_size(known: PageTimes, connections: int, failed_size: int | None = None) -> int:
    """Return the page that makes the most of a point, of those that GitHub will not cut off."""
    # Time is not the only limit: what GitHub counts besides, it does not say.
    at_most = LARGEST_PAGE if failed_size is None else max(1, failed_size * 3 // 4)
    return thriftiest_size(known.largest_size(at_most), connections)
