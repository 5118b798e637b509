"""Prices as a person writes them in a TOML file, checked key by key. Pure."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

from contributor_backfill.domain.errors import InvalidInput
from contributor_backfill.domain.prices import (
    DEFAULT_PRICES,
    GitHubPlan,
    InngestPlan,
    Prices,
    Runner,
)

MOST = 1e12
Check = Callable[[str, object], Any]


def prices(document: Mapping[str, Any]) -> Prices:
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
