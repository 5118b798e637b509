"""What counts as a change of a trouble: its essential facts, not what grows by itself. Pure."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from contributor_backfill.domain.alerting import Kind, Trouble
from contributor_backfill.domain.inactivity import stage

Detail = Mapping[str, Any]
VARYING = re.compile(r"[\w:./+-]*\d[\w:./+-]*")
"""Numbers, moments, ids of requests and rows: whatever has a digit in it."""
LONGEST = 300
PERCENT_STEP = 5


def fingerprint(trouble: Trouble) -> str:
    """Return the same short text for trouble that a person would call the same."""
    essence = [trouble.severity, ESSENCES[trouble.kind](trouble.detail)]
    return hashlib.sha256(json.dumps(essence).encode()).hexdigest()[:16]


def without_varying(error: object) -> str:
    """Return an error's text without what differs each time it is raised."""
    return " ".join(VARYING.sub("#", str(error or "")).split())[:LONGEST]


def size(count: object) -> int:
    """Return the power of two at or below a count."""
    number = int(str(count or 0))
    return 1 << (number.bit_length() - 1) if number > 0 else 0


def _nothing(_: Detail) -> list[Any]:
    """Trouble that is either there or not."""
    return []


def _error(detail: Detail) -> list[Any]:
    return [without_varying(detail.get("error"))]


def _access(detail: Detail) -> list[Any]:
    return [detail.get("access"), *_error(detail)]


def _count(detail: Detail) -> list[Any]:
    return [size(detail.get("count"))]


def _kinds(detail: Detail) -> list[Any]:
    return [*_count(detail), sorted(detail.get("kinds") or {})]


def _readers(detail: Detail) -> list[Any]:
    return [sorted(map(str, detail.get(name) or [])) for name in ("roles", "relations")]


def _parts(detail: Detail) -> list[Any]:
    parts = detail.get("parts") or []
    return sorted([str(each.get("what")), *_error(each)] for each in parts)


def _commands(detail: Detail) -> list[Any]:
    commands = detail.get("commands") or []
    return sorted([str(each.get("command")), *_error(each)] for each in commands)


def _percent(detail: Detail) -> list[Any]:
    # Full is full: how far beyond it is, is no news.
    return [min(100, int(detail.get("percent") or 0)) // PERCENT_STEP]


def _caps(detail: Detail) -> list[Any]:
    caps = detail.get("caps") or []
    standing = sorted([str(cap.get("measure")), str(cap.get("state"))] for cap in caps)
    return [detail.get("month"), *standing]


def _stage(detail: Detail) -> list[Any]:
    return [stage(int(detail.get("count") or 0))]


def _files(detail: Detail) -> list[Any]:
    return sorted(map(str, detail.get("files") or ()))


ESSENCES: Mapping[Kind, Callable[[Detail], list[Any]]] = {
    Kind.FAILED: _access,
    Kind.PAUSED_BY_ERRORS: _error,
    Kind.ERRORS: _parts,
    Kind.DEAD_JOBS: _count,
    Kind.DEAD_CHUNKS: _count,
    Kind.REJECTS: _kinds,
    Kind.PUBLISHED: _readers,
    Kind.STUCK: _nothing,
    Kind.SILENCE: _error,
    Kind.NOTHING_STORED: _nothing,
    Kind.QUOTA: _nothing,
    Kind.SCHEDULE_LATE: _nothing,
    Kind.LOST_RUNS: _count,
    Kind.FAILED_RUNS: _commands,
    Kind.DATABASE_REFUSES: _error,
    Kind.DATABASE_SIZE: _percent,
    Kind.BUDGET: _caps,
    Kind.INACTIVITY: _stage,
    Kind.WORKFLOWS_DISABLED: _files,
}
