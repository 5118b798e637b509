"""The panel of runs: the last ones, how they end, how long they take, and why they fail."""

from dataclasses import dataclass

from contributor_backfill.db.gateway.snapshot import Runs


@dataclass(frozen=True)
class RunPanel(Runs):
    """The runs, and the command that tells more."""

    source: str = "contributor-backfill sync-runs"

    @property
    def has_data(self) -> bool:
        """Whether any run is on record."""
        return bool(self.recent)
