"""The schema in which the suite's databases have the tool: `public`, or what was asked for."""

import os

from contributor_backfill.db import migrate, migrations
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.db.schema import PUBLIC, checked_schema, in_schema
from contributor_backfill.db.supabase import RpcTransport

SCHEMA = checked_schema(os.environ.get("CONTRIBUTOR_BACKFILL_TEST_SCHEMA") or PUBLIC)
VARIABLES = {} if SCHEMA == PUBLIC else {"CONTRIBUTOR_BACKFILL_SCHEMA": SCHEMA}
SEARCH_PATH = f'"{SCHEMA}", public'


def here(text: str) -> str:
    """Return SQL that says `public` for the suite's schema."""
    if SCHEMA == PUBLIC:
        return text
    return in_schema(text, SCHEMA).replace("in schema public", f'in schema "{SCHEMA}"')


def be_the_default() -> None:
    """Let a transport and a migration be of the suite's schema, unless a test says another."""
    for transport in (PostgresTransport, RpcTransport):
        transport.__init__.__kwdefaults__ |= {"schema": SCHEMA}  # type: ignore[operator]
    functions = (
        *(migrate.apply, migrate.refuse_newer),
        *(migrations.script, migrations.before, migrations.guard, migrations.stamp),
    )
    for function in functions:
        function.__defaults__ = (SCHEMA,)
