"""What the database refuses: a failure of one repository, or of all of them."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from contributor_backfill.db.verdicts import ends_run, is_too_much
from contributor_backfill.domain.errors import LeaseLost, PermissionMissing, StoreFault
from contributor_backfill.domain.page_planner import PagePlanner

IN_A_ROW = 5
"""So many repositories in a row with the same refusal: it is the database, not the repositories."""
IN_A_ROW_WITHOUT_PERMISSION = 2
"""A missing right is seldom about one repository."""


@dataclass(frozen=True)
class Refusal:
    """A refusal as far as it decides whether the run goes on: its code, and what it is about."""

    code: str
    is_permission: bool


def refusal_of(fault: StoreFault) -> Refusal:
    """Return what a refusal was. Raises it when no other repository could be stored either."""
    if isinstance(fault, LeaseLost) or ends_run(fault):
        raise fault
    return Refusal(fault.code, isinstance(fault, PermissionMissing))


def smaller(fault: StoreFault, plan: PagePlanner) -> PagePlanner:
    """Return the plan of the next page: a smaller one where this was too much for the database."""
    return plan.cut_off() if is_too_much(fault) and not plan.fixed else plan


def record(fail: Callable[[], datetime | None], release: Callable[[], object]) -> datetime | None:
    """Record a refusal, and return when the repository is tried again.

    A database that refuses the record as well is asked to take the lease back at least; when it
    refuses that too, the lease expires by itself. Raises what ends the run.
    """
    try:
        return fail()
    except StoreFault as second:
        refusal_of(second)
    with suppress(StoreFault):
        release()
    return None


def concerns_all(refusals: Iterable[Refusal | None]) -> bool:
    """Tell whether the last turns of a run, one refusal or null each, met the same one."""
    turns = list(refusals)
    last = turns[-1] if turns else None
    if last is None:
        return False
    needed = IN_A_ROW_WITHOUT_PERMISSION if last.is_permission else IN_A_ROW
    return turns[-needed:] == [last] * needed
