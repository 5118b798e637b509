"""`migrate`: bring a database up to date."""

from contextlib import suppress
from dataclasses import replace

import click

from contributor_backfill.cli.app import need_local_extra, open_conninfo, open_gateway
from contributor_backfill.cli.options import store_option
from contributor_backfill.cli.output import echo, echo_own
from contributor_backfill.cli.settings import Settings, Store, load
from contributor_backfill.db.schema import checked_schema
from contributor_backfill.domain.errors import DriftFound, NotConfigured, SchemaMissing


@click.command()
@click.option("--print", "print_", is_flag=True, help="Write the SQL for Supabase's SQL editor.")
@click.option("--check", is_flag=True, help="Only say whether the database is ready; 4 if not.")
@click.option(
    "--schema",
    help="The schema for tables and functions [default: CONTRIBUTOR_BACKFILL_SCHEMA, or public].",
)
@store_option
def migrate(*, print_: bool, check: bool, schema: str | None, store: Store | None) -> None:
    """Bring the database up to date. Safe to run twice, or by two at once."""
    if print_ and check:
        raise click.UsageError("Give --print or --check, not both.")
    if print_:
        from contributor_backfill.db.migrations import script

        echo_own(script(_settings(schema).schema).rstrip("\n"))
    elif check:
        _check(_settings(schema), store)
    else:
        _apply(_settings(schema), store)


def _settings(schema: str | None) -> Settings:
    settings = load()
    return settings if schema is None else replace(settings, schema=checked_schema(schema))


def _apply(settings: Settings, asked: Store | None) -> None:
    need_local_extra()
    from contributor_backfill.db.migrating import apply

    with open_conninfo(settings, _direct(settings, asked)) as conninfo:
        applied = apply(conninfo, settings.schema)
    names = ", ".join(step.name for step in applied)
    echo(f"Applied: {names}." if applied else "The database is up to date.")


def _direct(settings: Settings, asked: Store | None) -> Store:
    """Return the store that takes SQL: Supabase's API does not, its database address does."""
    store = settings.store(asked)
    if store is not Store.SUPABASE:
        return store
    if not settings.database_url:
        raise NotConfigured(
            "Supabase's API takes no migrations.",
            advice="Set DATABASE_URL to the project's database, or paste the output of"
            " `contributor-backfill migrate --print` into Supabase's SQL editor.",
        )
    return Store.POSTGRES


def _check(settings: Settings, asked: Store | None) -> None:
    from contributor_backfill.db.migrations import pending

    with open_gateway(
        settings, asked, read_only=True, bring_up_to_date=False, check_version=False
    ) as gateway:
        try:
            with suppress(SchemaMissing):  # an older one is told of below, step by step
                gateway.check_version()
            applied = gateway.inspect_schema()["migrations"]
        except SchemaMissing:
            applied = {}
    if missing := pending(applied):
        raise DriftFound(
            f"The database lacks {', '.join(step.name for step in missing)}.",
            advice="Run `contributor-backfill migrate`.",
        )
    echo("The database is ready.")
