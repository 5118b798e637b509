"""What the same work would have cost on Inngest alone, held against what it did cost. Pure.

The plan claims that capturing in Actions and on Inngest together costs 60 to 85 % less.
"""

from dataclasses import dataclass
from enum import StrEnum

from contributor_backfill.domain.costs import Bill
from contributor_backfill.domain.prices import InngestPlan, Prices

CLAIMED_LOW, CLAIMED_HIGH = 0.60, 0.85
CLAIM_DOLLARS_PER_EXECUTION = 0.0001
CLAIM_DOLLARS_PER_MINUTE = 0.008
CLAIM_INCLUDED_MINUTES = 2_000
"""Prices assumed when this project began; neither Inngest's nor, since 2026, GitHub's."""
MILLION = 1_000_000


@dataclass(frozen=True)
class Work:
    """What was done in a month. `inngest_*` is what ran on Inngest in fact.

    `requests` went to GitHub; `seconds` are how long the runs took.
    """

    runs: float = 0
    requests: float = 0
    seconds: float = 0
    minutes: float = 0
    inngest_runs: float = 0
    inngest_steps: float = 0
    inngest_runs_without_steps: float = 0


@dataclass(frozen=True)
class InngestBill:
    """What executions cost on the cheapest plan that takes them; null where prices are missing."""

    executions: float
    plan: InngestPlan | None
    dollars: float | None
    missing: tuple[str, ...] = ()


class Verdict(StrEnum):
    """What the measured month says of the claim."""

    HOLDS = "holds"
    FALLS_SHORT = "falls short"
    NOTHING_TO_SAVE = "nothing to save"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Comparison:
    """Both ways of doing the same work. A saving is a share of what Inngest alone would cost.

    `saving` is null where that is nothing or not known, `claimed_saving` (at the prices
    assumed at first) where nothing was done.
    """

    measured: InngestBill
    alone: InngestBill
    together_dollars: float | None
    host_dollars: float | None
    saving: float | None
    claimed_saving: float | None
    verdict: Verdict


def executions_measured(work: Work, prices: Prices) -> float:
    """Return the executions that Inngest counted: each run, and each of its steps."""
    assumed = work.inngest_runs_without_steps * prices.steps_per_job
    return work.inngest_runs + work.inngest_steps + assumed


def executions_alone(work: Work, prices: Prices) -> float:
    """Return the executions that all of it would be: a run each, and a step for each request."""
    return executions_measured(work, prices) + work.runs + work.requests * prices.steps_per_request


def inngest_bill(executions: float, prices: Prices) -> InngestBill:
    """Return the price of a month's executions on the cheapest plan that takes them."""
    bills: list[tuple[float, InngestPlan]] = []
    missing: list[str] = []
    for plan, terms in prices.inngest.items():
        more = max(0.0, executions - terms.included_executions)
        if more and terms.dollars_per_million is None:
            if plan is not InngestPlan.FREE:
                missing.append(f"inngest.{plan}.dollars_per_million")
            continue
        if terms.dollars_per_month is None:
            missing.append(f"inngest.{plan}.dollars_per_month")
            continue
        further = more / MILLION * (terms.dollars_per_million or 0.0)
        bills.append((terms.dollars_per_month + further, plan))
    if not bills:
        return InngestBill(executions, None, None, tuple(missing))
    cheapest, plan = min(bills, key=lambda bill: bill[0])
    return InngestBill(executions, plan, cheapest)


def compare(work: Work, actions: Bill, prices: Prices) -> Comparison:
    """Hold the month against the same work on Inngest alone. Unknown repositories count as private.

    On Inngest its host works for as long as the runs took, where an hour of it has a price.
    """
    measured = inngest_bill(executions_measured(work, prices), prices)
    alone = inngest_bill(executions_alone(work, prices), prices)
    rate = prices.host_dollars_per_hour
    host = None if rate is None else work.seconds / 3600 * rate
    together = None if measured.dollars is None else measured.dollars + actions.most
    total = None if alone.dollars is None else alone.dollars + (host or 0.0)
    saving = None
    if together is not None and total:
        saving = 1 - together / total
    return Comparison(
        measured,
        alone,
        together,
        host,
        saving,
        _claimed(work, measured.executions, alone.executions),
        _verdict(total, saving),
    )


def _claimed(work: Work, measured: float, alone: float) -> float | None:
    if not alone:
        return None
    minutes = max(0.0, work.minutes - CLAIM_INCLUDED_MINUTES)
    together = measured * CLAIM_DOLLARS_PER_EXECUTION + minutes * CLAIM_DOLLARS_PER_MINUTE
    return 1 - together / (alone * CLAIM_DOLLARS_PER_EXECUTION)


def _verdict(total: float | None, saving: float | None) -> Verdict:
    if total == 0:
        return Verdict.NOTHING_TO_SAVE
    if saving is None:
        return Verdict.UNKNOWN
    return Verdict.HOLDS if saving >= CLAIMED_LOW else Verdict.FALLS_SHORT
