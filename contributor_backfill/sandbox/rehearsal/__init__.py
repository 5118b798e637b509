"""A rehearsal: the real code captures a whole fleet on a moved clock."""

from contributor_backfill.sandbox.rehearsal.drive import Commands, Drive, Stuck
from contributor_backfill.sandbox.rehearsal.journal import Figures, Journal, figures
from contributor_backfill.sandbox.rehearsal.plan import (
    SITE,
    WORK,
    WORKFLOW,
    Plan,
    Until,
    fleet_world,
    limits,
    names,
    sizes,
)
from contributor_backfill.sandbox.rehearsal.schedule import PUNCTUAL, REAL, SCHEDULES, Schedule

__all__ = [
    "PUNCTUAL",
    "REAL",
    "SCHEDULES",
    "SITE",
    "WORK",
    "WORKFLOW",
    "Commands",
    "Drive",
    "Figures",
    "Journal",
    "Plan",
    "Schedule",
    "Stuck",
    "Until",
    "figures",
    "fleet_world",
    "limits",
    "names",
    "sizes",
]
