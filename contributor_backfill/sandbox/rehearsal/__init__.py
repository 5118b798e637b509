"""A rehearsal: the real code captures a whole fleet on a moved clock."""

from contributor_backfill.sandbox.rehearsal.driving import Commands, Drive, Stuck
from contributor_backfill.sandbox.rehearsal.fleet import (
    SITE,
    WORK,
    WORKFLOW,
    fleet_world,
    limits,
    names,
    sizes,
)
from contributor_backfill.sandbox.rehearsal.journal import Journal
from contributor_backfill.sandbox.rehearsal.plan import Plan, Until
from contributor_backfill.sandbox.rehearsal.results import Figures, figures
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
