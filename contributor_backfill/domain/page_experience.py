"""How large the next page may be, learnt from the pages before it. Pure.

GitHub cuts a query off after ten seconds, and how long it works depends on what is on the page.
Each page that came says what it held and how long it took. From that the planner learns two things:
what a page of so many pull requests is expected to take, and how far pages stray from that. The
next page is the largest that stays below the limit even so. Of a page that was cut off only this is
known: it would have taken longer than the limit.

The constants were chosen by `scripts/bench_planner.py`, on models of GitHub, not on GitHub.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import mul
from typing import Any

from contributor_backfill.domain.policy import CUT_OFF_MILLISECONDS

FORGETTING = 0.98
"""What a page counts for after the next one came: the last fifty or so are remembered."""
LEAST_PAGES = 2
"""Below this many pages nothing is predicted."""
FIRST_SPREAD = 0.35
"""How far pages stray at first: the standard deviation of the logarithm of their time."""
SPREADS = 2.35
"""How many standard deviations are kept between the expected time and the limit."""
OUTLIER_SPREADS = 2.5
"""A page that strays further counts as if it had strayed so far: one giant is no trend."""
CUT_OFF_SURPLUS = 0.25
"""How far beyond the limit a page that was cut off is taken to have come, as a logarithm."""
UNUSUAL_SHARE = 4.0
"""A page that holds more than so many times the usual counts as if it held so much."""
SMALLEST_STEP, LARGEST_STEP = 3.5, 8.0
"""By how many times a page shrinks that was cut off. Each further try may be cut off as well, and
costs more than what it takes to go on from a size that is too small."""
GROWTH = 2
"""How many times the largest page that came the next may be: no line holds for ever."""

VERSION = 1
"""Goes up when the meaning of a number changes: what was learnt before is then forgotten."""
LARGEST = 1e15

FEATURES = 5
SWEEPS = 60
"""Rounds of coordinate descent at most: further ones change nothing that matters."""
PRECISION = 1e-4
"""Coefficients that change by a smaller share are found."""
RIDGE = 0.02
"""How strongly each coefficient is drawn to nothing, as a share of what is known of its feature.

Features that come together, as nodes and kilobytes do, could not be told apart without it.
"""


@dataclass(frozen=True)
class Moments:
    """Sums over rows of features x with a target y above 0.

    `weight` counts rows and `sums` adds up their features. `products` is the upper triangle of x
    times x, row by row, and `targets` x times y, both over y squared: an error counts as a share
    of its target.
    """

    weight: float
    sums: tuple[float, ...]
    products: tuple[float, ...]
    targets: tuple[float, ...]

    @property
    def means(self) -> tuple[float, ...]:
        """The mean of each feature. There must be a row."""
        return tuple(total / self.weight for total in self.sums)

    def including(self, x: Sequence[float], y: float, forgetting: float) -> "Moments":
        """Return the sums with one more row; those before count `forgetting` times as much."""
        shares = [value / y for value in x]
        places = [(row, column) for row in range(FEATURES) for column in range(row, FEATURES)]
        products = [shares[row] * shares[column] for row, column in places]
        return Moments(
            weight=self.weight * forgetting + 1,
            sums=_plus(self.sums, x, forgetting),
            products=_plus(self.products, products, forgetting),
            targets=_plus(self.targets, shares, forgetting),
        )


NO_MOMENTS = Moments(
    0.0, (0.0,) * FEATURES, (0.0,) * (FEATURES * (FEATURES + 1) // 2), (0.0,) * FEATURES
)

_PRODUCTS = len(NO_MOMENTS.products)


@dataclass(frozen=True)
class Load:
    """What a page held: what GitHub had to work for."""

    pull_requests: int
    nodes: int = 0
    kilobytes: float = 0.0
    changed_files: int = 0

    @property
    def features(self) -> tuple[float, ...]:
        """The load as a row of the regression; the first is the request itself."""
        return (1.0, self.pull_requests, self.nodes, self.kilobytes, self.changed_files)


@dataclass(frozen=True)
class Experience:
    """What is remembered of a query on one repository; of fixed size, however many pages came.

    `moments` are of loads and milliseconds; `mean` and `variance` of the logarithm of a page's time
    over what was expected of its size. `largest` is the largest page of late. `suspects` counts the
    next pull requests that were on a page that was cut off: one of them may be a giant.
    `items_per_point` is what a point of the quota brought, null before the first page.
    """

    moments: Moments = NO_MOMENTS
    mean: float = 0.0
    variance: float = FIRST_SPREAD**2
    largest: float = 0.0
    suspects: int = 0
    items_per_point: float | None = None

    @property
    def predicts(self) -> bool:
        """Whether enough pages came to say anything of the next."""
        return self.moments.weight > LEAST_PAGES - 1


NOTHING_KNOWN = Experience()


@dataclass(frozen=True)
class Line:
    """What a page is expected to take, in ms: so much for itself, so much for each pull request."""

    fixed: float
    each: float

    def at(self, size: int) -> float:
        """Return what a page of `size` pull requests takes."""
        return max(1.0, self.fixed + size * self.each)


def expected(known: Experience) -> Line | None:
    """Return what pages of the usual load take; None before any came."""
    if not known.moments.weight:
        return None
    _, pull_requests, *_ = means = known.moments.means
    fixed, *rates = coefficients(known.moments)
    usual = sum(rate * mean for rate, mean in zip(rates, means[1:], strict=True))
    return Line(fixed, usual / pull_requests)


def margin(known: Experience) -> float:
    """Return how many times longer than expected a page may well take."""
    return math.exp(known.mean + SPREADS * math.sqrt(known.variance))


def largest_size(known: Experience, at_most: int) -> int:
    """Return the largest page, of `at_most` or less, that stays below GitHub's limit with margin.

    At least 1. What is known must predict.
    """
    line = expected(known)
    assert line is not None, "asked only of what predicts"
    reach = min(at_most, math.floor(known.largest * GROWTH))
    allowed = CUT_OFF_MILLISECONDS / margin(known) - line.fixed
    if allowed < line.each:
        return 1
    return max(1, math.floor(min(reach, allowed / line.each) if line.each > 0 else reach))


def after_page(known: Experience, load: Load, milliseconds: float, points: int) -> Experience:
    """Learn from a page that came and was charged `points`."""
    took = max(1.0, milliseconds)
    brought = load.pull_requests / max(1, points)
    before = known.items_per_point
    line = expected(known)
    return replace(
        _having_strayed(known, math.log(took / line.at(load.pull_requests))) if line else known,
        moments=known.moments.including(_usual(known, load), took, FORGETTING),
        largest=max(float(load.pull_requests), known.largest * FORGETTING),
        suspects=max(0, known.suspects - load.pull_requests),
        items_per_point=brought if before is None else 0.9 * before + 0.1 * brought,
    )


def after_cut_off(known: Experience, size: int) -> Experience:
    """Learn from a page that was cut off: it would have taken longer than the limit."""
    line = expected(known)
    if line is None:
        return known
    least = math.log(CUT_OFF_MILLISECONDS / line.at(size))
    strayed = _having_strayed(known, max(least, 0.0) + CUT_OFF_SURPLUS)
    return replace(strayed, suspects=max(known.suspects, size))


def shrunk_size(known: Experience, size: int) -> int:
    """Return what to ask for after a page of `size` was cut off: an eighth to two sevenths of it.

    The longer it took than was expected, the less is noise to blame, and the more one giant on it:
    then fewer steps lead down to the giant, each of which would be cut off as well. Where nothing
    is known yet, it is half.
    """
    line = expected(known)
    if line is None:
        return max(1, size // 2)
    times = CUT_OFF_MILLISECONDS / line.at(size)
    return max(1, math.floor(size / min(LARGEST_STEP, max(SMALLEST_STEP, times / 2))))


def _usual(known: Experience, load: Load) -> tuple[float, ...]:
    """Return a page's load, no feature above several times the usual for so many pull requests."""
    if not known.moments.weight:
        return load.features
    _, pull_requests, *means = known.moments.means
    most = UNUSUAL_SHARE * load.pull_requests / pull_requests
    request, count, *held = load.features
    capped = (min(value, max(1.0, most * mean)) for value, mean in zip(held, means, strict=True))
    return (request, count, *capped)


def _having_strayed(known: Experience, logarithm: float) -> Experience:
    """Take in how far one page strayed from what was expected of its size."""
    reach = OUTLIER_SPREADS * math.sqrt(known.variance)
    away = min(reach, max(-reach, logarithm - known.mean))
    step = 1 - FORGETTING
    return replace(
        known,
        mean=known.mean + step * away,
        variance=FORGETTING * (known.variance + step * away**2),
    )


def to_json(known: Experience) -> dict[str, Any] | None:
    """Return what is stored; None when nothing is known. Six digits are as good as all."""
    if known == NOTHING_KNOWN:
        return None
    moments = known.moments
    return {
        "version": VERSION,
        "weight": _rounded(moments.weight),
        "sums": list(map(_rounded, moments.sums)),
        "products": list(map(_rounded, moments.products)),
        "targets": list(map(_rounded, moments.targets)),
        "mean": _rounded(known.mean),
        "variance": _rounded(known.variance),
        "largest": _rounded(known.largest),
        "suspects": known.suspects,
        "items_per_point": _rounded(known.items_per_point or 0.0),
    }


def from_json(row: object) -> Experience:
    """Return what a stored row says. One that cannot be ours counts as none: it starts afresh."""
    try:
        return _experience(row) if isinstance(row, Mapping) else NOTHING_KNOWN
    except (KeyError, TypeError, ValueError, OverflowError):
        return NOTHING_KNOWN


def _experience(row: Mapping[str, Any]) -> Experience:
    if row["version"] != VERSION:
        return NOTHING_KNOWN
    sums = _numbers(row["sums"], FEATURES, least=0.0)
    weight = _number(row["weight"], least=1.0)
    if sums[1] < weight / 2:
        raise ValueError("a page holds a pull request")
    moments = Moments(
        weight,
        sums,
        _numbers(row["products"], _PRODUCTS, least=0.0),
        _numbers(row["targets"], FEATURES, least=0.0),
    )
    return Experience(
        moments,
        mean=min(5.0, _number(row["mean"], least=-5.0)),
        variance=min(5.0, _number(row["variance"], least=1e-6)),
        largest=_number(row["largest"], least=0.0),
        suspects=min(100, int(_number(row["suspects"], least=0.0))),
        items_per_point=_number(row["items_per_point"], least=0.0),
    )


def _numbers(values: object, count: int, *, least: float) -> tuple[float, ...]:
    if not isinstance(values, list) or len(values) != count:
        raise ValueError("not as many numbers as there should be")
    return tuple(_number(value, least=least) for value in values)


def _number(value: object, *, least: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("no number")
    if not math.isfinite(value) or not least <= value <= LARGEST:
        raise ValueError("no number that could be ours")
    return float(value)


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")


def coefficients(known: Moments) -> tuple[float, ...]:
    """Return the coefficients, none below zero, whose relative errors are least when squared."""
    matrix = _matrix(known.products)
    found = [0.0] * FEATURES
    for _ in range(SWEEPS):
        before = tuple(found)
        for j, row in enumerate(matrix):
            if row[j] > 0:
                others = sum(map(mul, row, found)) - row[j] * found[j]
                found[j] = max(0.0, (known.targets[j] - others) / (row[j] * (1 + RIDGE)))
        if all(abs(new - old) <= PRECISION * new for new, old in zip(found, before, strict=True)):
            break
    return tuple(found)


def _plus(before: Sequence[float], new: Sequence[float], forgetting: float) -> tuple[float, ...]:
    return tuple(forgetting * old + more for old, more in zip(before, new, strict=True))


def _matrix(products: Sequence[float]) -> list[list[float]]:
    matrix = [[0.0] * FEATURES for _ in range(FEATURES)]
    values = iter(products)
    for row in range(FEATURES):
        for column in range(row, FEATURES):
            matrix[row][column] = matrix[column][row] = next(values)
    return matrix
