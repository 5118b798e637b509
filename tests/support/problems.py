"""A database with problems, made by hand at a fixed moment."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from psycopg.types.json import Jsonb

from tests.support.databases import Database

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=10)
FIND = "select backfill_find_problems_v1(%s, %s, p_now => %s)"
RUN_URL = "https://github.com/me/site/actions/runs/7/attempts/1"


def ago(minutes: float) -> datetime:
    """Return a moment so many minutes before `NOW`."""
    return NOW - timedelta(minutes=minutes)


class Scene:
    """Rows as captures leave them, and the problems that are found in them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._repositories = 0

    def insert(self, table: str, **values: Any) -> dict[str, Any]:
        """Insert a row and return it."""
        names = ", ".join(values)
        places = ", ".join("%s" for _ in values)
        query = f"insert into {table} ({names}) values ({places}) returning *"
        taken = [Jsonb(v) if isinstance(v, dict) else v for v in values.values()]
        (row,) = self.database.rows(query, *taken)
        return row

    def repository(self, full_name: str = "octo/one", **tracking: Any) -> str:
        """Track a repository long ago; return its id."""
        self._repositories += 1
        owner, _, name = full_name.partition("/")
        row = self.insert(
            "repositories",
            github_id=self._repositories,
            full_name=full_name,
            owner=owner,
            name=name,
        )
        values = {"tracked_at": LONG_AGO, **tracking}
        self.insert("backfill_repositories", repository_id=row["id"], **values)
        return str(row["id"])

    def backfill(self, repository_id: str, status: str = "active", **state: Any) -> str:
        """Begin a backfill long ago; return its id."""
        begun = {"walk_started_at": LONG_AGO, "created_at": LONG_AGO, "total_prs": 500}
        values = {**begun, "status": status, **state}
        row = self.insert("progressive_backfill_state", repository_id=repository_id, **values)
        return str(row["id"])

    def source(self, repository_id: str, source: str, **values: Any) -> None:
        """Put the row of a source in place."""
        self.insert("backfill_feeds", repository_id=repository_id, feed=source, **values)

    def complete_without_backfill(
        self, full_name: str = "octo/old", minutes_ago: float = 60
    ) -> str:
        """Track a repository that was synced lately."""
        repository_id = self.repository(full_name)
        for feed in ("pull_requests", "review_comments"):
            at = ago(minutes_ago)
            self.source(repository_id, feed, synced_at=at, last_served_at=at)
        return repository_id

    def complete(self, full_name: str = "octo/done", minutes_ago: float = 60) -> str:
        """Track a repository of which everything is stored and was synced lately."""
        repository_id = self.complete_without_backfill(full_name, minutes_ago)
        self.backfill(repository_id, "completed")
        return repository_id

    def run(self, minutes_ago: float, outcome: str = "done", **values: Any) -> None:
        """Record a run of a minute."""
        started_at = ago(minutes_ago)
        ended_at = None if outcome == "running" else started_at + timedelta(minutes=1)
        row = {
            "id": uuid4(),
            "command": "progressive-backfill",
            "holder": "host/boot/1",
            "outcome": outcome,
            "started_at": started_at,
            "heartbeat_at": ended_at or started_at,
            "ended_at": ended_at,
            "url": RUN_URL,
            **values,
        }
        self.insert("backfill_runs", **row)

    def found(
        self, minutes_later: float = 0, *, interval: float = 30, limit: int = 0
    ) -> list[dict[str, Any]]:
        """Return all problems at a moment."""
        now = NOW + timedelta(minutes=minutes_later)
        answer = self.database.value(FIND, interval, limit, now)
        assert answer["ok"] is True
        trouble: list[dict[str, Any]] = answer["problems"]
        return trouble

    def kinds(self, minutes_later: float = 0, **arguments: Any) -> list[str]:
        """Return the kinds of the problems at a moment."""
        return sorted(problem["kind"] for problem in self.found(minutes_later, **arguments))

    def detail(self, kind: str, minutes_later: float = 0, **arguments: Any) -> dict[str, Any]:
        """Return the facts of the one problem of a kind."""
        (one,) = (e for e in self.found(minutes_later, **arguments) if e["kind"] == kind)
        detail: dict[str, Any] = one["detail"]
        return detail
