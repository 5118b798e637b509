"""What things cost: dated defaults, each with its source, and what a person knows better. Pure.

Actions (looked up in November 2026): https://docs.github.com/en/billing/reference/actions-runner-pricing
Inngest (only the Pro plan's price is known): https://www.inngest.com/pricing
A price that is not known is null, and whatever depends on it is unknown too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Runner(StrEnum):
    """Kinds of GitHub's runners, and runners of one's own."""

    LINUX = "linux"
    LINUX_SLIM = "linux_slim"
    LINUX_ARM = "linux_arm"
    WINDOWS = "windows"
    MACOS = "macos"
    SELF_HOSTED = "self_hosted"


class GitHubPlan(StrEnum):
    """Plans of an account or organization on GitHub."""

    FREE = "free"
    PRO = "pro"
    TEAM = "team"
    ENTERPRISE = "enterprise"


class InngestPlan(StrEnum):
    """Plans of Inngest."""

    FREE = "free"
    PRO = "pro"
    BUSINESS = "business"


class Visibility(StrEnum):
    """Who sees the repository whose workflows run: standard runners cost nothing in public ones."""

    PUBLIC = "public"
    PRIVATE = "private"


@dataclass(frozen=True)
class InngestTerms:
    """What a plan of Inngest costs a month, and what is in it. Null: not known.

    `dollars_per_million` is the price of executions beyond those, where they are sold.
    """

    dollars_per_month: float | None
    included_executions: int
    dollars_per_million: float | None = None


LOWERED = date(2026, 1, 1)
"""Since when the newer prices of Actions hold."""
DOLLARS_PER_MINUTE: Mapping[Runner, tuple[float, float]] = {
    Runner.LINUX: (0.008, 0.006),
    Runner.LINUX_SLIM: (0.002, 0.002),
    Runner.LINUX_ARM: (0.005, 0.005),
    Runner.WINDOWS: (0.016, 0.010),
    Runner.MACOS: (0.080, 0.062),
    Runner.SELF_HOSTED: (0.0, 0.0),
}
"""Until `LOWERED`, and from then on. A charge for self-hosted ones was announced, and put off."""
INCLUDED_MINUTES: Mapping[GitHubPlan, int] = {
    GitHubPlan.FREE: 2_000,
    GitHubPlan.PRO: 3_000,
    GitHubPlan.TEAM: 3_000,
    GitHubPlan.ENTERPRISE: 50_000,
}
INNGEST: Mapping[InngestPlan, InngestTerms] = {
    InngestPlan.FREE: InngestTerms(0.0, 50_000),
    InngestPlan.PRO: InngestTerms(75.0, 1_000_000),
    InngestPlan.BUSINESS: InngestTerms(None, 10_000_000),
}
STEPS_PER_JOB = 5.0
"""Assumed of a job on Inngest whose record does not tell its steps."""


@dataclass(frozen=True)
class Prices:
    """The prices that hold. `overrides` names what a person set, as `table.key = value`.

    `dollars_per_minute` and `included_minutes` are null where runner, plan and day decide;
    `host_dollars_per_hour` is what the host of Inngest's functions takes for an hour of theirs.
    """

    runner: Runner = Runner.LINUX
    plan: GitHubPlan = GitHubPlan.FREE
    dollars_per_minute: float | None = None
    included_minutes: float | None = None
    inngest: Mapping[InngestPlan, InngestTerms] = field(default_factory=lambda: INNGEST)
    steps_per_request: float = 1.0
    steps_per_job: float = STEPS_PER_JOB
    host_dollars_per_hour: float | None = None
    overrides: tuple[str, ...] = ()

    def minute(self, day: date) -> float:
        """Return the dollars for a minute of Actions beyond the included ones, on a day."""
        if self.dollars_per_minute is not None:
            return self.dollars_per_minute
        before, after = DOLLARS_PER_MINUTE[self.runner]
        return after if day >= LOWERED else before

    @property
    def included(self) -> float:
        """The minutes of a month that the plan includes, for all of the account's repositories."""
        if self.included_minutes is not None:
            return self.included_minutes
        return INCLUDED_MINUTES[self.plan]


DEFAULT_PRICES = Prices()
