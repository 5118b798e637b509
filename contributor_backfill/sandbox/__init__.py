"""A local GitHub that executes the real queries, for demos, tests and rehearsals."""

from contributor_backfill.sandbox.clock import SandboxClock
from contributor_backfill.sandbox.faults import FaultKind, Rule, When
from contributor_backfill.sandbox.options import (
    DatasetOptions,
    Limits,
    ListSizes,
    RepositoryOptions,
    Spending,
    WorkModel,
)
from contributor_backfill.sandbox.sandbox import Sandbox
from contributor_backfill.sandbox.world import World

__all__ = [
    "DatasetOptions",
    "FaultKind",
    "Limits",
    "ListSizes",
    "RepositoryOptions",
    "Rule",
    "Sandbox",
    "SandboxClock",
    "Spending",
    "When",
    "WorkModel",
    "World",
]
