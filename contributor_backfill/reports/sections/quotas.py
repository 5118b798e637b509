"""What is left of GitHub's quota."""

from contributor_backfill.reports.sections.parts import (
    NONE,
    Section,
    bars,
    cut,
    figure,
    minute,
    numbers,
    texts,
)
from contributor_backfill.reports.snapshot.quota import Quota, QuotaPanel

TITLE = "GitHub's quota"
COLUMNS = (
    *texts("token of"),
    *numbers("left", "limit"),
    *texts("reset", "runs out"),
    *numbers("points in 24 h"),
    *texts("by hour", needs_room=True),
    *texts("measured", needs_room=True),
)


def quotas(panel: QuotaPanel, rows: int) -> Section:
    """Return the quota of every holder of a token."""
    if not panel.has_data:
        return Section(TITLE, "No data: no run began in the last 24 hours.", panel.source)
    lead = "Enough is left until the reset, at the pace of this hour."
    if panel.running_out:
        holders = ", ".join(quota.holder for quota in panel.running_out)
        lead = f"At this pace it runs out before its reset: {holders}."
    if not panel.is_known:
        lead = "No run has heard from GitHub how much is left."
    return Section(TITLE, lead, panel.source, [cut(COLUMNS, map(_row, panel.quotas), rows)])


def _row(quota: Quota) -> tuple[str, ...]:
    return (
        quota.holder,
        figure(quota.remaining),
        figure(quota.limit),
        minute(quota.reset_at),
        minute(quota.runs_out_at) if quota.runs_out_at else "no",
        figure(quota.points),
        bars(quota.hours) or NONE,
        minute(quota.measured_at),
    )
