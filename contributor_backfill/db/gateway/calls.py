"""What every part of the gateway is built on: a transport, and a call by name."""

from dataclasses import dataclass
from typing import Any

from contributor_backfill.db.transport import Transport
from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.domain.redaction import redacted_document
from contributor_backfill.domain.storage import NO_WISHES, Wishes

CAPTURED = frozenset({"p_page", "p_walk", "p_repository", "p_observed", "p_progress"})
"""Arguments with GitHub's own data, which is stored as it is."""


@dataclass
class Tally:
    """What was committed over this gateway so far. `rows` counts what was sent, changed or not."""

    chunks: int = 0
    rows: int = 0


class Calls:
    """Call SQL functions by name, with named arguments; errors and reasons without secrets.

    `wishes` say how much of texts is kept of repositories that have no setting of their own.
    """

    def __init__(self, transport: Transport, wishes: Wishes = NO_WISHES) -> None:
        self.transport = transport
        self.wishes = wishes
        self.tally = Tally()

    def _call(self, function: str, **arguments: Any) -> dict[str, Any]:
        safe = {
            name: value if name in CAPTURED else redacted_document(value)
            for name, value in arguments.items()
        }
        return self.transport.call(function, safe)


def lowered(full_names: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return names as the database compares them; null for none: all come into question."""
    return tuple(name.lower() for name in full_names) or None


def page_size_row(query: str, page_size: PagePlanner | None) -> dict[str, Any]:
    """Return what is remembered of a page size under its query; nothing of a fixed one."""
    row = page_size.to_json() if page_size else None
    return {"query": query, **row} if row else {}
