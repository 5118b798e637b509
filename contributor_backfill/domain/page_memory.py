"""The page planner's memory as it is stored: JSON of fixed size, in `backfill_page_sizes`."""

import math
from collections.abc import Mapping
from typing import Any

from contributor_backfill.domain.least_squares import FEATURES, NO_MOMENTS, Moments
from contributor_backfill.domain.page_planning import NOTHING_KNOWN, Experience

VERSION = 1
"""Goes up when the meaning of a number changes: what was learnt before is then forgotten."""
LARGEST = 1e15
_PRODUCTS = len(NO_MOMENTS.products)


def memory_row(known: Experience) -> dict[str, Any] | None:
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


def experience(row: object) -> Experience:
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
