"""The base of every part of the gateway: a transport, and a call by name."""

from dataclasses import dataclass
from typing import Any

from contributor_backfill.db.rows import Json, as_json
from contributor_backfill.db.transport import Transport
from contributor_backfill.domain.redaction import redacted_document
from contributor_backfill.domain.storage import NO_WISHES, Storage, Wish, Wishes, keep

CAPTURED = frozenset({"p_page", "p_repository", "p_observed", "p_progress"})
"""Arguments with GitHub's own data, which is stored as it is."""


@dataclass
class Tally:
    """The commits over this gateway so far. `rows` counts what was sent, changed or not."""

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

    def _call(self, function: str, **arguments: Any) -> Json:
        return self.transport.call(
            function,
            {
                name: as_json(value) if name in CAPTURED else redacted_document(as_json(value))
                for name, value in arguments.items()
            },
        )

    def _storage(self, row: Json) -> Storage:
        """Return what is kept of a repository's texts."""
        texts = (row["bodies"], row["diff_hunks"])
        return self.wishes.storage(Wish(*(keep(text) if text else None for text in texts)))
