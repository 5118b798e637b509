"""The SQL that brings a database up to date, and what of it a database still needs.

Migrations change tables and run once each; functions and grants are written anew every time one of
them changed, or a migration came. All of it may be run twice, or by two at once: an advisory lock
makes the second wait.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from textwrap import wrap
from typing import Any

from contributor_backfill import VERSION
from contributor_backfill.db.schema import PUBLIC, begun_in, in_schema
from contributor_backfill.domain import policy

SCHEMA = 4
"""The number of what the steps make. It grows with every release that changes one of them.

A database with a higher one is refused. 0.1.0 had none, and counts as 1."""
ADVISORY_LOCK = 7_226_410_137
UNORDERED = "set local check_function_bodies = off; -- functions call each other in any order\n"
RECORD = (
    "insert into public.backfill_migrations (name, checksum) values ('{name}', '{checksum}')\n"
    "on conflict (name) do update set checksum = excluded.checksum, applied_at = now()"
    " where backfill_migrations.checksum is distinct from excluded.checksum;"
)


_ROOT = resources.files("contributor_backfill.db") / "sql"
_TABLE = re.compile(r"create table if not exists public\.(backfill_\w+)")
_FUNCTION = re.compile(r"create or replace function public\.(backfill_\w+)")
_RULE = re.compile(r"\{policy\.(\w+)\}")
_PREFIX = "contributor_backfill"
_NUMBER = re.compile(r"\d{14}(?=_)")
_FILE = re.compile(r"^\d{14}_")
_FOUND_ELSEWHERE = {"backfill_migrations", "backfill_chunks"}

GUARD = """\
-- A version older than the database changes nothing.
do $guard$
begin
  if to_regprocedure('public.backfill_check_version_v1(jsonb)') is not null then
    perform public.backfill_check_version_v1('{version}');
  end if;
exception
  when sqlstate 'CB011' then null; -- the database is older: that is what this is for
end
$guard$;
select set_config('backfill.schema_version', '{schema}', true);
"""
STAMP = """\
-- Runs of another version that are under way lose what they hold.
do $stamp$
begin
  if (select max(schema_version) from public.backfill_migrations) is distinct from {schema} then
    update public.progressive_backfill_state
    set lease_token = gen_random_uuid(), lease_expires_at = now() where lease_expires_at > now();
    update public.backfill_feeds
    set lease_token = gen_random_uuid(), lease_expires_at = now() where lease_expires_at > now();
    update public.backfill_jobs
    set lease_token = gen_random_uuid(), lease_expires_at = now() where lease_expires_at > now();
  end if;
  update public.backfill_migrations set package_version = '{package}', schema_version = {schema}
  where name = 'functions'
    and (package_version, schema_version) is distinct from ('{package}', {schema});
end
$stamp$;
"""


@dataclass(frozen=True)
class Step:
    """A piece of SQL that is applied as one, with the checksum that tells whether it was."""

    name: str
    text: str

    @cached_property
    def checksum(self) -> str:
        """The first twelve digits of the text's SHA-256."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]

    def statements(self, schema: str = PUBLIC) -> str:
        """Return the SQL that applies the step to a schema and records it."""
        record = RECORD.format(name=self.name, checksum=self.checksum)
        return in_schema(f"-- {self.name}\n{self.text}\n{record}\n", schema)


@cache
def steps() -> tuple[Step, ...]:
    """Return all steps in order: each migration, then the functions with their grants."""
    migrations = _texts("migrations")
    functions = [*_functions()]
    names = sorted({*_FUNCTION.findall("\n".join((*migrations.values(), *functions)))})
    listed = "\n".join(wrap(", ".join(f"'{name}'" for name in names), 100))
    own = _text(_ROOT / "functions.sql").replace("-- {functions}", listed)
    texts = [UNORDERED, *functions, own, _text(_ROOT / "grants.sql")]
    return (
        *(Step(name, text) for name, text in migrations.items()),
        Step("functions", "\n".join(texts)),
    )


def before(schema: str = PUBLIC) -> str:
    """Return the statement that refuses a database, before anything in it is changed."""
    found = (t for text in _texts("migrations").values() for t in _TABLE.findall(text))
    own = ", ".join(f"'{table}'" for table in sorted({*found} - _FOUND_ELSEWHERE))
    text = in_schema(_text(_ROOT / "before.sql").replace("-- {own tables}", own), schema)
    if schema != PUBLIC:  # which may not be there yet
        text = text.replace(f"'\"{schema}\"'::regnamespace", f"to_regnamespace('\"{schema}\"')")
    return text


def _functions() -> Iterator[str]:
    """Yield the files of functions, which stand in a folder for each subject."""
    folders = (entry.name for entry in _ROOT.iterdir() if entry.is_dir())
    for folder in sorted({*folders} - {"migrations"}):
        yield from _texts(folder).values()


def _texts(folder: str) -> dict[str, str]:
    files = sorted((_ROOT / folder).iterdir(), key=lambda file: file.name)
    return {file.name.removesuffix(".sql"): _text(file) for file in files}


def _text(file: Traversable) -> str:
    """Return a file's text; the list of columns and the rules stand in for their marks."""
    text = file.read_text(encoding="utf-8")
    mark = "-- {expected columns}"
    if mark in text:
        columns = (_ROOT / "expected_columns.sql").read_text(encoding="utf-8")
        text = text.replace(mark, columns.rstrip())
    return _RULE.sub(lambda found: _rule(getattr(policy, found[1])), text)


def _rule(value: float | timedelta) -> str:
    """Return a number of the policy as SQL has it; a span of time in whole units."""
    if not isinstance(value, timedelta):
        return str(value)
    for unit in ("days", "hours", "minutes"):
        count, rest = divmod(value, timedelta(**{unit: 1}))
        if not rest:
            return f"{count} {unit}"
    return f"{value.total_seconds():g} seconds"


def pending(applied: Mapping[str, str]) -> tuple[Step, ...]:
    """Return the steps that a database with these checksums still needs.

    After a migration the functions follow, with the grants: they close what it has made.
    """
    *migrations, functions = steps()
    todo = [step for step in migrations if applied.get(step.name) != step.checksum]
    # All functions come together: they call each other, and half of them would not fit.
    if todo or applied.get(functions.name) != functions.checksum:
        todo.append(functions)
    return tuple(todo)


def this_version() -> dict[str, Any]:
    """Return what this version says of itself to a database."""
    known = {step.name: step.checksum for step in steps()}
    return {"package": VERSION, "schema": SCHEMA, "steps": known}


def guard(schema: str = PUBLIC) -> str:
    """Return the SQL that refuses to go on in a newer database. It needs a transaction."""
    return in_schema(GUARD.format(version=json.dumps(this_version()), schema=SCHEMA), schema)


def stamp(schema: str = PUBLIC) -> str:
    """Return the SQL that records which version the database is of."""
    return in_schema(STAMP.format(package=VERSION, schema=SCHEMA), schema)


def files(there: Iterable[str], now: datetime, schema: str = PUBLIC) -> dict[str, str]:
    """Return the files that a folder of migrations lacks: one a step, each a whole transaction.

    Supabase goes by the number that a name begins with, and wants new ones to be the highest. A
    step that changed, as the functions do, has its checksum in the name and comes again.
    """
    there = list(there)
    known = {_FILE.sub("", name) for name in there}
    numbers = [int(found[0]) for name in there if (found := _NUMBER.match(name))]
    # Written twice within a second, two files still need two numbers.
    number = max(int(f"{now:%Y%m%d%H%M%S}"), *(taken + 1 for taken in numbers), 0)
    written = {}
    for step in steps():
        own = f"{_PREFIX}_{step.name}_{step.checksum}.sql"
        if own not in known:
            written[f"{number}_{own}"] = _whole(step, schema)
            number += 1
    return written


def _whole(step: Step, schema: str) -> str:
    """Return a step as a script that changes a database wholly or not at all."""
    first, *_, last = steps()
    parts = [
        before(schema) if step is first else "",
        f"select pg_advisory_xact_lock({ADVISORY_LOCK});\n{begun_in(schema)}",
        guard(schema),
        step.statements(schema),
        stamp(schema) if step is last else "",
    ]
    return "\n".join(("begin;", *filter(None, parts), "commit;\n"))


def script(schema: str = PUBLIC) -> str:
    """Return everything as one SQL script, for Supabase's SQL editor."""
    body = "\n".join((guard(schema), *(step.statements(schema) for step in steps()), stamp(schema)))
    lock = f"select pg_advisory_xact_lock({ADVISORY_LOCK});\n{begun_in(schema)}"
    return f"begin;\n{before(schema)}\n{lock}\n{body}\ncommit;\n"
