"""Lines of `read_status` as the database tells them, and how they read on a terminal."""

import io
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from contributor_backfill.db.gateway.reports import repository_status
from contributor_backfill.reports.standing import Standing, standing
from contributor_backfill.reports.terminal import console
from contributor_backfill.reports.terminal.status import print_standings

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
FEED = {
    "watermark": "2026-01-01T11:00:00+00:00",
    "synced_at": "2026-01-01T11:05:00+00:00",
    "is_under_way": False,
    "next_attempt_at": None,
    "next_attempt_reason": None,
    "last_error": None,
    "last_error_at": None,
    "lease_holder": None,
}


def counted(stored: int, total: int | None) -> dict[str, int | None]:
    return {"stored": stored, "total": total}


def line(*, completeness: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
    made = {
        "repository_id": "5c9f1a0e-0000-4000-8000-000000000001",
        "full_name": "octo/one",
        "priority": "high",
        "status": "active",
        "completeness": {
            "pull_requests": counted(250, 1_000),
            "reviews": counted(30, 40),
            "comments": counted(999, 1_000),
            "review_comments": counted(0, 7),
            "reconciled_at": None,
            "is_complete": False,
            **(completeness or {}),
        },
        "pace": {
            "turns": 6,
            "began_at": "2026-01-01T09:30:00+00:00",
            "last_at": "2026-01-01T12:00:00+00:00",
            "pull_requests": 300,
            "last": 50,
            "deviation": 0,
        },
        "next_attempt_at": None,
        "next_attempt_reason": None,
        "resume_at": None,
        "last_error": None,
        "last_error_at": None,
        "consecutive_errors": 0,
        "rejects": 0,
        "continuations": 0,
        "missing": 0,
        "deletions": 0,
        "lease_holder": None,
        "feeds": None,
        "points": 12,
        "requests": 14,
        "milliseconds": 4_000,
        "estimate": None,
    }
    return {**made, **changed}


def stands(**changed: Any) -> Standing:
    return standing(repository_status(line(**changed)), NOW)


def shown(**changed: Any) -> str:
    """Return what is told of one repository in full."""
    stream = io.StringIO()
    print_standings(console(stream), [stands(**changed)], NOW, in_full=True)
    return stream.getvalue()


def shown_at(width: int, *standings: Standing, colour: bool = False, in_full: bool = False) -> str:
    """Return the lines of several on a terminal of a width."""
    stream = io.StringIO()
    out = Console(
        file=stream,
        width=width,
        highlight=False,
        force_terminal=colour,
        no_color=not colour,
        color_system="standard" if colour else None,
    )
    print_standings(out, standings, NOW, in_full=in_full)
    return stream.getvalue()
