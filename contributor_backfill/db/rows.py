"""The `jsonb` objects that the SQL functions answer with, as values."""

from datetime import datetime
from typing import Any

from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.domain.storage import Keep, Wish, Wishes, keep
from contributor_backfill.domain.types import (
    Blocked,
    ChunkFailure,
    ChunkId,
    Claim,
    Committed,
    Idle,
    LeaseToken,
    Priority,
    Repository,
    RepositoryId,
    Tracked,
    Walk,
    WalkStatus,
)

Json = dict[str, Any]


def moment(value: str | None) -> datetime | None:
    """Return a time as Postgres writes it in JSON."""
    return datetime.fromisoformat(value) if value else None


def repository(row: Json, wishes: Wishes) -> Repository:
    """Return a repository as `backfill_describe_repository_v1` describes it."""
    return Repository(**_repository(row, wishes))


def walk(row: Json, wishes: Wishes) -> Walk:
    """Return a walk as `backfill_describe_walk_v1` describes it."""
    return Walk(
        **_repository(row, wishes),
        cursor=row["cursor"],
        average_changed_files=row["average_changed_files"],
        retry_count=row["retry_count"],
        page_size=PagePlanner.from_json(row, fixed=row["page_size_is_fixed"])
        if row["page_size"]
        else None,
    )


def _repository(row: Json, wishes: Wishes) -> Json:
    return {
        "repository_id": RepositoryId(row["repository_id"]),
        "github_id": row["github_id"],
        "node_id": row["node_id"],
        "full_name": row["full_name"],
        "priority": Priority(row["priority"]),
        "total": row["total"],
        "stored": row["stored"],
        "backfill": WalkStatus(row["backfill"]) if row["backfill"] else None,
        "with_labels": row["with_labels"],
        "storage": wishes.storage(wish(row)),
        "withheld": tuple(row["withheld"]),
        "left_out": tuple(row["left_out"]),
    }


def wish(row: Json) -> Wish:
    """Return what is said of a repository's texts; null where nothing is."""
    return Wish(_keep(row["bodies"]), _keep(row["diff_hunks"]))


def _keep(text: str | None) -> Keep | None:
    return keep(text) if text else None


def claim(row: Json, wishes: Wishes) -> Claim:
    """Return a claim that was granted."""
    return Claim(
        walk=walk(row, wishes),
        lease_token=LeaseToken(row["lease_token"]),
        chunk_id=ChunkId(row["chunk_id"]),
        chunk_number=row["chunk_number"],
        waiting=row["waiting"],
    )


def idle(row: Json) -> Idle:
    """Return why nothing could be claimed."""
    blocked = (
        Blocked(b["full_name"], b["cause"], moment(b["until"]), b["holder"], b["reason"])
        for b in row["blocked"]
    )
    return Idle(row["tracked"], tuple(blocked))


def committed(row: Json) -> Committed:
    """Return what a commit did."""
    next_chunk_id = row["next_chunk_id"]
    return Committed(
        inserted=row["inserted"],
        rejected=row["rejected"],
        stored=row["stored"],
        status=WalkStatus(row["status"]),
        next_chunk_id=ChunkId(next_chunk_id) if next_chunk_id else None,
        next_chunk_number=row["next_chunk_number"],
    )


def chunk_failure(row: Json) -> ChunkFailure:
    """Return how a failed chunk left its walk."""
    return ChunkFailure(
        status=WalkStatus(row["status"]),
        consecutive_errors=row["consecutive_errors"],
        resume_at=moment(row["resume_at"]),
        next_attempt_at=moment(row["next_attempt_at"]),
    )


def tracked(row: Json) -> Tracked:
    """Return a repository as `track` left it."""
    return Tracked(
        repository_id=RepositoryId(row["repository_id"]),
        priority=Priority(row["priority"]),
        stored=row["stored"],
        backfill=WalkStatus(row["backfill"]) if row["backfill"] else None,
    )
