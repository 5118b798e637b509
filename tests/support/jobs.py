"""Jobs in the database, and what tests look up of them."""

from datetime import timedelta
from typing import Any

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.jobs import JobType
from contributor_backfill.domain.routing import Decision, Verdict
from contributor_backfill.domain.types import Priority
from tests.support.databases import Database

FILES = (
    "progressive-backfill.yml",
    "historical-pr-sync-graphql.yml",
    "capture-pr-reviews.yml",
    "capture-pr-comments.yml",
)
TIMES = ("next_attempt_at", "lease_expires_at", "dispatched_at")
INPUTS = ("repository", "days", "force", "pr_numbers", "job_id")


def add_repository(database: Database, full_name: str, number: int = 1) -> str:
    """Store a repository and return its id."""
    owner, name = full_name.split("/")
    return str(
        database.value(
            "insert into repositories (github_id, full_name, owner, name) values (%s, %s, %s, %s)"
            " returning id",
            number,
            full_name,
            owner,
            name,
        )
    )


def add_job(
    gateway: Gateway,
    full_name: str,
    *,
    days: int = 1,
    priority: Priority = Priority.MEDIUM,
    to: Verdict | None = None,
    job_type: JobType = JobType.RECENT_PRS,
) -> str:
    """Add a job, decided or not, and return its id."""
    job = gateway.enqueue_job(job_type, full_name, days=days, priority=priority, pr_numbers=None)
    if to is not None:
        undecided = gateway.undecided_jobs(100)
        gateway.decide_jobs(undecided, [Decision(job.job_id, to, "by the test", 1.0)])
    return job.job_id


def age(database: Database, by: timedelta) -> None:
    """Let time pass for all jobs."""
    moved = (f"{name} = {name} - %(by)s" for name in TIMES)
    database.rows(
        f"update backfill_jobs set {', '.join(moved)}".replace("%(by)s", f"interval '{by}'")
    )


def states(database: Database) -> list[tuple[Any, ...]]:
    """Return state of the handing over and status of each job, in the order of their decisions."""
    rows = database.rows(
        "select b.state, j.status, b.attempts from backfill_jobs b"
        " join progressive_capture_jobs j on j.id = b.job_id order by b.place"
    )
    return [(row["state"], row["status"], row["attempts"]) for row in rows]
