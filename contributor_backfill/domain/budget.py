"""The budget of a month: the caps that a person sets, and how far they are used. Pure.

The bounds of one run are in `domain.bounds`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Measure(StrEnum):
    """A measure that can be capped; megabytes are those by which the database grows."""

    MINUTES = "minutes"
    DOLLARS = "dollars"
    POINTS = "points"
    MEGABYTES = "megabytes"


class CapState(StrEnum):
    """The state of a cap: at `PAUSED` nothing is captured until the month ends or it is raised."""

    OK = "ok"
    WARNING = "warning"
    PAUSED = "paused"


@dataclass(frozen=True)
class Cap:
    """One cap, and what the month used of it. `share` is 1 when it is reached."""

    measure: Measure
    cap: float
    used: float
    share: float
    state: CapState


@dataclass(frozen=True)
class Terms:
    """The price at which dollars are counted, as it was when they were capped."""

    dollars_per_minute: float
    included_minutes: float


@dataclass(frozen=True)
class MonthlyBudget:
    """The caps of a month, the fullest first, and when what they paused goes on."""

    month: date
    resumes_at: datetime
    caps: tuple[Cap, ...] = ()
    terms: Terms | None = None

    @property
    def reached(self) -> tuple[Cap, ...]:
        """The caps that pause everything."""
        return tuple(cap for cap in self.caps if cap.state is CapState.PAUSED)

    @property
    def near(self) -> tuple[Cap, ...]:
        """The caps that are nearly reached."""
        return tuple(cap for cap in self.caps if cap.state is CapState.WARNING)
