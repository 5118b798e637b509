"""The SQL that brings a database up to date, and what of it a database still needs.

Migrations change tables and run once each; functions and grants are written anew every time one of
them changed, or a migration came. All of it may be run twice, or by two at once: an advisory lock
makes the second wait.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

ADVISORY_LOCK = 7_226_410_137
UNORDERED = "set local check_function_bodies = off; -- functions call each other in any order\n"
RECORD = (
    "insert into public.backfill_migrations (name, checksum) values ('{name}', '{checksum}')\n"
    "on conflict (name) do update set checksum = excluded.checksum, applied_at = now()"
    " where backfill_migrations.checksum is distinct from excluded.checksum;"
)


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
    root = resources.files("contributor_backfill.db") / "sql"
    migrations = sorted((root / "migrations").iterdir(), key=lambda file: file.name)
    functions = sorted((root / "functions").iterdir(), key=lambda file: file.name)
    texts = [UNORDERED]
    texts += [file.read_text(encoding="utf-8") for file in functions]
    texts.append((root / "grants.sql").read_text(encoding="utf-8"))
    return (
        *(Step(f.name.removesuffix(".sql"), f.read_text(encoding="utf-8")) for f in migrations),
        Step("functions", "\n".join(texts)),
    )


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
    return f"begin;\nselect pg_advisory_xact_lock({ADVISORY_LOCK});\n\n{body}\ncommit;\n"
