"""Estimates from a sample, each with the interval that holds the truth in 19 of 20 samples."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist, stdev

CONFIDENCE = 0.95
_TWO_SIDED = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


@dataclass(frozen=True)
class Interval:
    """An estimate between its bounds; exact where they are equal. An unknown bound is infinite."""

    value: float
    low: float
    high: float

    def map(self, function: Callable[[float], float]) -> "Interval":
        """Return what a function that never falls makes of it."""
        return Interval(*(_applied(function, bound) for bound in (self.value, self.low, self.high)))

    def plus(self, other: "Interval") -> "Interval":
        """Return the sum, with bounds as if both were wrong in the same direction."""
        return Interval(self.value + other.value, self.low + other.low, self.high + other.high)


def exactly(value: float) -> Interval:
    """Return what is known, as an interval without width."""
    return Interval(value, value, value)


def sum_of(values: Sequence[float], population: int) -> Interval:
    """Estimate the sum over `population` things from the values of some, drawn at random.

    No value is negative. Raises `ValueError` for a sample of nothing.
    """
    if not population:
        return exactly(0)
    if not values:
        raise ValueError("nothing was drawn")
    count, seen = len(values), math.fsum(values)
    value = seen * population / count
    if count >= population:
        return exactly(value)
    margin = _margin(values, population)
    # What was seen is there, whatever the margin says.
    return Interval(value, min(value, max(seen, value - margin)), value + margin)


def _margin(values: Sequence[float], population: int) -> float:
    count = len(values)
    if count == 1:
        return math.inf
    spread = stdev(values)
    if not spread:
        # All alike. Yet up to three in `count` of the others may differ: the rule of three.
        return 3 / count * (population - count)
    # Without replacement: what was seen leaves less to be wrong about.
    unseen = 1 - count / population
    return population * _quantile(count - 1) * spread * math.sqrt(unseen / count)


def _quantile(degrees: int) -> float:
    """Return Student's quantile by its expansion, which is close from three degrees on."""
    z = _TWO_SIDED
    first = (z**3 + z) / (4 * degrees)
    second = (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)
    return z + first + second


def _applied(function: Callable[[float], float], value: float) -> float:
    return function(value) if math.isfinite(value) else value
