"""Real lists of pull requests, one JSON object a line."""

import gzip
import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contributor_backfill.domain.errors import InvalidInput
from contributor_backfill.sandbox.world import timestamps

_ENDINGS = (".jsonl.gz", ".jsonl")
_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list, without what the sandbox has no use for."""

    number: int
    title: str
    body: str
    body_bytes_raw: int
    author: str
    is_bot: bool
    created_at: str
    merged_at: str
    merged_by: str | None
    additions: int
    deletions: int
    changed_files: int
    commits: int
    base_ref: str
    reviewers: tuple[str, ...]


def repository_name(path: Path) -> str:
    """Return `owner/name` from `owner__name.jsonl.gz`. Raises `InvalidInput`."""
    stem = next((path.name.removesuffix(e) for e in _ENDINGS if path.name.endswith(e)), "")
    owner, _, name = stem.partition("__")
    if not (owner and name):
        raise InvalidInput(
            f"{path.name} does not name a repository.",
            advice="Call a list OWNER__NAME.jsonl or OWNER__NAME.jsonl.gz.",
        )
    return f"{owner}/{name}"


def read_rows(path: Path) -> list[Row]:
    """Return the lines of a list, sorted by number. Raises `InvalidInput` with file and line."""
    try:
        packed = path.read_bytes()
        text = gzip.decompress(packed) if packed.startswith(_GZIP_MAGIC) else packed
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInput(f"{path} cannot be read: {error}.") from error
    rows = {}
    for position, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            row = _read(path, position, line)
            rows[row.number] = row
    return [rows[number] for number in sorted(rows)]


def _read(path: Path, position: int, line: bytes) -> Row:
    try:
        return _row(json.loads(line))
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput(
            f"{path}, line {position} is not a pull request of a list: {error!r}.",
            advice="The format is one JSON object a line, with number, title, author and so on.",
        ) from error


def _row(line: dict[str, Any]) -> Row:
    created_at, merged_at = (
        timestamps.to_text(timestamps.to_seconds(line[name]))
        for name in ("created_at", "merged_at")
    )
    return Row(
        number=int(line["number"]),
        title=str(line["title"]),
        body=str(line["body"]),
        body_bytes_raw=int(line["body_bytes_raw"]),
        author=str(line["author"]),
        is_bot=bool(line["is_bot"]),
        created_at=created_at,
        merged_at=max(merged_at, created_at),
        merged_by=line["merged_by"],
        additions=int(line["additions"]),
        deletions=int(line["deletions"]),
        changed_files=int(line["changed_files"]),
        commits=int(line["commits"]),
        base_ref=str(line["base_ref"]),
        reviewers=tuple(str(login) for login in line["reviewers"]),
    )
