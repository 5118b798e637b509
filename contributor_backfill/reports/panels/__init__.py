"""The panels, one file a topic: what is said of the snapshot, before anybody lays it out."""

from contributor_backfill.reports.model import Panel
from contributor_backfill.reports.panels.activity import activity
from contributor_backfill.reports.panels.captures import captures
from contributor_backfill.reports.panels.cost import cost
from contributor_backfill.reports.panels.database import database
from contributor_backfill.reports.panels.glance import glance
from contributor_backfill.reports.panels.quota import quota
from contributor_backfill.reports.panels.repositories import repositories
from contributor_backfill.reports.panels.routing import routing
from contributor_backfill.reports.panels.runs import runs
from contributor_backfill.reports.snapshot import Snapshot


def panels(snapshot: Snapshot) -> tuple[Panel, ...]:
    """Return every panel in the order of a reader's questions."""
    now = snapshot.taken_at
    return (
        glance(snapshot),
        repositories(snapshot),
        activity(snapshot.activity),
        captures(snapshot.captures, now, snapshot.host),
        runs(snapshot.runs, now),
        quota(snapshot.quota, now),
        routing(snapshot.routing),
        cost(snapshot.cost, snapshot.host),
        database(snapshot.data, now),
    )
