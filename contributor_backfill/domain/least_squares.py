"""Least squares over a stream of rows, with forgetting, kept as a few fixed sums. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

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
