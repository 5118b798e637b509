"""The month's budget in sentences."""

from collections.abc import Iterator
from textwrap import wrap

from contributor_backfill.domain.budget import Cap, Measure, MonthlyBudget
from contributor_backfill.reports.wording import at

WIDTH = 80


def amount(measure: str, value: float) -> str:
    """Return a figure with its unit: 1,800 minutes, $10.00, 120.5 megabytes."""
    if measure == Measure.DOLLARS:
        return f"${value:,.2f}"
    digits = 1 if measure == Measure.MEGABYTES else 0
    return f"{value:,.{digits}f} {measure}"


def standing(cap: Cap) -> str:
    """Say how far a cap is used: 1,500 of 1,800 minutes (83 %)."""
    used = f"{amount(cap.measure, cap.used).split()[0]} of {amount(cap.measure, cap.cap)}"
    # Rounded down: a cap that is not reached never reads as 100 %.
    return f"{used} ({int(cap.share * 100):,} %)"


def paused(budget: MonthlyBudget) -> str:
    """Say which cap is reached, and until when nothing is captured."""
    caps = ", ".join(map(standing, budget.reached))
    return (
        f"The budget of {budget.month:%B %Y} is used up: {caps}."
        f" Nothing is captured until {at(budget.resumes_at)}."
    )


def how_to_go_on(budget: MonthlyBudget) -> str:
    """Name the command that goes on at once."""
    # Every cap that is reached has to be raised: each of them pauses everything.
    options = " ".join(f"--{cap.measure} MORE" for cap in budget.reached)
    return f"To go on now: contributor-backfill budget {options} (or none)."


def warning(budget: MonthlyBudget) -> str:
    """Say which caps are nearly reached."""
    caps = ", ".join(map(standing, budget.near))
    return f"The budget of {budget.month:%B %Y} is nearly used up: {caps}."


def sentence(budget: MonthlyBudget) -> str:
    """Say what matters of the budget in a line, or nothing where it is far from its caps."""
    if budget.reached:
        return f"{paused(budget)} {how_to_go_on(budget)}"
    return warning(budget) if budget.near else ""


def lines(budget: MonthlyBudget) -> tuple[str, ...]:
    """Return the budget as it is shown: each cap, what dollars mean, when it begins anew."""
    if not budget.caps:
        return notes(budget)
    words = {"ok": "", "warning": "  nearly used up", "paused": "  used up: nothing is captured"}
    return (
        f"{budget.month:%B %Y}, anew at {at(budget.resumes_at)}:",
        *(
            f"  {cap.measure:<10} {standing(cap):<44}{words[cap.state]}".rstrip()
            for cap in budget.caps
        ),
        *(line for note in notes(budget) for line in wrap(note, WIDTH)),
    )


def notes(budget: MonthlyBudget) -> tuple[str, ...]:
    """Return what the caps mean."""
    return tuple(_notes(budget))


def _notes(budget: MonthlyBudget) -> Iterator[str]:
    if not budget.caps:
        yield "No cap is set: a month may take what it wants."
    if terms := budget.terms:
        yield (
            f"Dollars: ${terms.dollars_per_minute:g} a minute of Actions in private repositories,"
            f" beyond {terms.included_minutes:,.0f} included; the prices when the cap was set."
        )
    if any(cap.measure is Measure.MEGABYTES for cap in budget.caps):
        yield "Megabytes: by how much the database grew since the month began."
