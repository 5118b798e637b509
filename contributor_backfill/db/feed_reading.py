"""What the SQL functions answer about feeds, as values."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contributor_backfill.db.rows import Json, moment, repository
from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.domain.sources import (
    BlockedSource,
    Connection,
    Doubt,
    DueSource,
    IdleSources,
    PendingList,
    Position,
    SourceClaim,
    SourceCommitted,
    SourceName,
    Step,
    Work,
)
from contributor_backfill.domain.storage import Wishes
from contributor_backfill.domain.types import LeaseToken


def feed_claim(row: Json, wishes: Wishes) -> SourceClaim:
    """Return a claim of a feed that was granted."""
    size, position = row["page_size"], row["position"]
    return SourceClaim(
        repository=repository(row["repository"], wishes),
        source=SourceName(row["feed"]),
        lease_token=LeaseToken(row["lease_token"]),
        step=Step(row["step"]),
        position=_position(position) if position else None,
        page_size=PagePlanner.from_json(size) if size else None,
        work=work(row["work"]),
        waiting=row["waiting"],
        etag=row["etag"],
    )


def work(row: Json | None) -> Work:
    """Return the lists and numbers that are next."""
    if row is None:
        return Work()
    lists = (
        PendingList(**{**each, "connection": Connection(each["connection"])})
        for each in row["lists"]
    )
    doubts = (
        Doubt(Connection(each["kind"]), each["github_id"], each["number"])
        for each in row.get("doubts") or ()
    )
    return Work(tuple(lists), tuple(row["numbers"]), tuple(doubts))


def feed_commit(row: Json) -> SourceCommitted:
    """Return what a step's commit did."""
    return SourceCommitted(
        step=Step(row["step"]),
        inserted=row["inserted"],
        rejected=row["rejected"],
        ended=row["ended"],
        work=work(row["work"]),
    )


def idle_feeds(row: Json) -> IdleSources:
    """Return why no feed could be claimed."""
    blocked = (
        BlockedSource(
            full_name=b["full_name"],
            source=SourceName(b["feed"]),
            cause=b["cause"],
            until=moment(b["until"]),
            holder=b["holder"],
            reason=b["reason"],
            since=moment(b["since"]),
        )
        for b in row["blocked"]
    )
    return IdleSources(row["tracked"], tuple(blocked))


def due_feed(row: Json) -> DueSource:
    """Return a feed as a dry run shows it."""
    return DueSource(
        full_name=row["full_name"],
        source=SourceName(row["feed"]),
        watermark=moment(row["watermark"]),
        lists=row["lists"],
        unequal=row["unequal"],
        wanted=row["wanted"],
    )


def position_row(position: Position | None) -> Json | None:
    """Return a position as it is stored."""
    if position is None:
        return None
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in vars(position).items()
    }


def _position(row: Mapping[str, Any]) -> Position:
    return Position(
        started_at=datetime.fromisoformat(row["started_at"]),
        target=moment(row.get("target")),
        cursor=row.get("cursor"),
        since=moment(row.get("since")),
        page=row.get("page") or 1,
        per_page=row.get("per_page"),
        is_listed=row.get("is_listed") or False,
        with_comments=row.get("with_comments") or False,
        reason=row.get("reason"),
        probes=row.get("probes") or False,
        etag=row.get("etag"),
        changed=row.get("changed") or 0,
        total=row.get("total"),
        newest=moment(row.get("newest")),
        is_settled=row.get("is_settled"),
        below=row.get("below"),
    )
