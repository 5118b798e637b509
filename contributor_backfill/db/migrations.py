"""The SQL that brings a database up to date, and what of it a database still needs.

Migrations change tables and run once each; functions and grants are written anew every time one of
them changed, or a migration came. All of it may be run twice, or by two at once: an advisory lock
makes the second wait.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

ADVISORY_LOCK = 7_226_410_137
UNORDERED = "set local check_function_bodies = off; -- functions call each other in any order\n"
RECORD = (
    "insert into public.backfill_migrations (name, checksum) values ('{name}', '{checksum}')\n"
    "on conflict (name) do update set checksum = excluded.checksum, applied_at = now()"
    " where backfill_migrations.checksum is distinct from excluded.checksum;"
)


_ROOT = resources.files("contributor_backfill.db") / "sql"
_TABLE = re.compile(r"create table if not exists public\.(backfill_\w+)")
_FOUND_ELSEWHERE = {"backfill_migrations", "backfill_chunks"}


@dataclass(frozen=True)
class Step:
    """A piece of SQL that is applied as one, with the checksum that tells whether it was."""

    name: str
    text: str

    @property
    def checksum(self) -> str:
        """The first twelve digits of the text's SHA-256."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]

    @property
    def statements(self) -> str:
        """The SQL that applies the step and records it."""
        record = RECORD.format(name=self.name, checksum=self.checksum)
        return f"-- {self.name}\n{self.text}\n{record}\n"


def steps() -> tuple[Step, ...]:
    """Return all steps in order: each migration, then the functions with their grants."""
    texts = [UNORDERED, *_texts("functions").values(), _text(_ROOT / "grants.sql")]
    return (
        *(Step(name, text) for name, text in _texts("migrations").items()),
        Step("functions", "\n".join(texts)),
    )


def before() -> str:
    """Return the statement that refuses a database, before anything in it is changed."""
    found = (t for text in _texts("migrations").values() for t in _TABLE.findall(text))
    own = ", ".join(f"'{table}'" for table in sorted({*found} - _FOUND_ELSEWHERE))
    return _text(_ROOT / "before.sql").replace("-- {own tables}", own)


def _texts(folder: str) -> dict[str, str]:
    files = sorted((_ROOT / folder).iterdir(), key=lambda file: file.name)
    return {file.name.removesuffix(".sql"): _text(file) for file in files}


def _text(file: Traversable) -> str:
    """Return a file's text; the list of columns stands in for its mark."""
    text = file.read_text(encoding="utf-8")
    mark = "-- {expected columns}"
    if mark in text:
        columns = (_ROOT / "expected_columns.sql").read_text(encoding="utf-8")
        text = text.replace(mark, columns.rstrip())
    return text


def pending(applied: Mapping[str, str]) -> tuple[Step, ...]:
    """Return the steps that a database with these checksums still needs.

    After a migration the functions follow, with the grants: they close what it has made.
    """
    *migrations, functions = steps()
    todo = [step for step in migrations if applied.get(step.name) != step.checksum]
    if todo or applied.get(functions.name) != functions.checksum:
        todo.append(functions)
    return tuple(todo)


def script() -> str:
    """Return everything as one SQL script, for Supabase's SQL editor."""
    body = "\n".join(step.statements for step in steps())
    lock = f"select pg_advisory_xact_lock({ADVISORY_LOCK});"
    return f"begin;\n{before()}\n{lock}\n\n{body}\ncommit;\n"
