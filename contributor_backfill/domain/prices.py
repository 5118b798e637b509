"""Prices: dated defaults with their sources, and those that a person writes in a TOML file. Pure.

Actions (looked up in November 2026): https://docs.github.com/en/billing/reference/actions-runner-pricing
Inngest (only the Pro plan's price is known): https://www.inngest.com/pricing
A price that is not known is null, and whatever depends on it is unknown too.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from contributor_backfill.domain.errors import InvalidInput


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
    """The visibility of the workflows' repository: standard runners cost nothing in public ones."""

    PUBLIC = "public"
    PRIVATE = "private"


@dataclass(frozen=True)
class InngestTerms:
    """The price of a plan of Inngest a month, and what is in it. Null: not known.

    `dollars_per_million` is the price of executions beyond those, where they are sold.
    """

    dollars_per_month: float | None
    included_executions: int
    dollars_per_million: float | None = None


LOWERED = date(2026, 1, 1)
"""The first day of the newer prices of Actions."""
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
        # What a person set holds for every day: nobody dates prices of their own.
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

MOST = 1e12
"""Beyond it a figure is a slip, and its products would not print."""
Check = Callable[[str, object], Any]


def read_prices(document: Mapping[str, Any]) -> Prices:
    """Return the default prices with those of a document in their place.

    Tables: `actions` (runner, plan, dollars_per_minute, included_minutes), `inngest`
    (steps_per_request, steps_per_job, and for each plan, free, pro and business, a table of
    dollars_per_month, included_executions and dollars_per_million) and `host` (dollars_per_hour).
    Raises `InvalidInput`.
    """
    tables = {name: _table(name, document[name]) for name in document}
    _refuse_unknown("", tables, ("actions", "inngest", "host"))
    actions = _read("actions", tables.get("actions", {}), ACTIONS)
    host = _read("host", tables.get("host", {}), {"dollars_per_hour": _number})
    inngest = tables.get("inngest", {})
    _refuse_unknown("inngest", inngest, (*STEPS, *InngestPlan))
    steps = _read("inngest", {k: v for k, v in inngest.items() if k in STEPS}, STEPS)
    plans = {
        plan: replace(terms, **_plan(plan, inngest.get(plan, {})))
        for plan, terms in DEFAULT_PRICES.inngest.items()
    }
    return replace(
        DEFAULT_PRICES,
        **actions,
        **steps,
        inngest=plans,
        host_dollars_per_hour=host.get("dollars_per_hour"),
        overrides=tuple(_overrides(tables)),
    )


def _plan(plan: str, value: object) -> dict[str, Any]:
    name = f"inngest.{plan}"
    return _read(name, _table(name, value), TERMS)


def _read(name: str, table: Mapping[str, Any], checks: Mapping[str, Check]) -> dict[str, Any]:
    _refuse_unknown(name, table, checks)
    return {key: checks[key](f"{name}.{key}", value) for key, value in table.items()}


def _refuse_unknown(name: str, table: Mapping[str, Any], known: Collection[str]) -> None:
    for key in table:
        if key not in known:
            full = f"{name}.{key}" if name else key
            raise InvalidInput(f"There is no price {full!r}.", advice=f"Known: {', '.join(known)}.")


def _table(name: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InvalidInput(
            f"{name} is {value!r}, and not a table.",
            advice=f"Write its keys below a line [{name}].",
        )
    return value


def _number(name: str, value: object) -> float:
    # In TOML `true` is no number, and in Python it is one.
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MOST:
        return float(value)
    raise InvalidInput(
        f"{name} is {value!r}.", advice="Give a number that is not negative, such as 0.006."
    )


def _count(name: str, value: object) -> int:
    return int(_number(name, value))


def _one_of(kind: type[StrEnum]) -> Check:
    def check(name: str, value: object) -> StrEnum:
        if not isinstance(value, str) or value not in list(kind):
            raise InvalidInput(f"{name} is {value!r}.", advice=f"Known: {', '.join(kind)}.")
        return kind(value)

    return check


def _overrides(table: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Return what was set, one `table.key = value` each."""
    lines: list[str] = []
    for key, value in table.items():
        if isinstance(value, dict):
            lines += _overrides(value, f"{prefix}{key}.")
        else:
            lines.append(f"{prefix}{key} = {value}")
    return lines


ACTIONS: Mapping[str, Check] = {
    "runner": _one_of(Runner),
    "plan": _one_of(GitHubPlan),
    "dollars_per_minute": _number,
    "included_minutes": _number,
}
STEPS: Mapping[str, Check] = {"steps_per_request": _number, "steps_per_job": _number}
TERMS: Mapping[str, Check] = {
    "dollars_per_month": _number,
    "included_executions": _count,
    "dollars_per_million": _number,
}
