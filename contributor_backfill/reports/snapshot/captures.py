"""The panel of captures over time: by day, and the last pages of backfills one by one."""

from dataclasses import dataclass

from contributor_backfill.db.gateway.snapshot import Captures


@dataclass(frozen=True)
class CapturePanel(Captures):
    """The captures, and the command that tells more."""

    source: str = "contributor-backfill status --json"

    @property
    def has_data(self) -> bool:
        """Whether anything was captured in the last thirty days."""
        return bool(self.days or self.chunks)
