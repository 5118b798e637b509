"""The one door to the database: a typed method for every SQL function, one file a subject."""

from contributor_backfill.db.gateway.alerts import AlertCalls
from contributor_backfill.db.gateway.capture import CaptureCalls
from contributor_backfill.db.gateway.control import ControlCalls
from contributor_backfill.db.gateway.freshness import FreshnessCalls
from contributor_backfill.db.gateway.jobs import JobCalls
from contributor_backfill.db.gateway.reports import ReportCalls
from contributor_backfill.db.gateway.runs import RunCalls


class Gateway(
    CaptureCalls, FreshnessCalls, RunCalls, JobCalls, ControlCalls, AlertCalls, ReportCalls
):
    """Call the SQL functions and return values. Raises `StoreFault` and its kinds."""
