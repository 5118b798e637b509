"""`migrate`: bring a database up to date."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import click

from contributor_backfill.cli.app import direct_store, open_conninfo, open_gateway
from contributor_backfill.cli.options import Written, store_option
from contributor_backfill.cli.output import echo, echo_lines, echo_own, hint, write_whole, writing
from contributor_backfill.cli.settings import Settings, Store, load
from contributor_backfill.db.schema import checked_schema
from contributor_backfill.domain.clock import SystemClock
from contributor_backfill.domain.errors import (
    DriftFound,
    NotConfigured,
    SchemaMissing,
)


class SchemaName(Written[str]):
    """The name of a schema that may be ours."""

    name = "text"

    def _read(self, text: str) -> str:
        try:
            return checked_schema(text)
        except NotConfigured as error:
            raise ValueError(str(error)) from None


@click.command()
@click.option("--print", "print_", is_flag=True, help="Write the SQL for Supabase's SQL editor.")
@click.option(
    "--write",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write what DIR lacks as files for `supabase db push` or psql, one for each migration.",
)
@click.option("--check", is_flag=True, help="Only say whether the database is ready; 4 if not.")
@click.option(
    "--schema",
    type=SchemaName(),
    help="The schema for tables and functions [default: CONTRIBUTOR_BACKFILL_SCHEMA, or public].",
)
@store_option
def migrate(
    *,
    print_: bool,
    directory: Path | None,
    check: bool,
    schema: str | None,
    store: Store | None,
) -> None:
    """Bring the database up to date. Safe to run twice, or by two at once."""
    if print_ + check + (directory is not None) > 1:
        raise click.UsageError("Give one of --print, --write and --check, not both or all.")
    if print_:
        from contributor_backfill.db.migrations import script

        echo_own(script(_settings(schema).schema).rstrip("\n"))
    elif directory is not None:
        _write(directory, _settings(schema).schema)
    elif check:
        _check(_settings(schema), store)
    else:
        _apply(_settings(schema), store)


def _settings(schema: str | None) -> Settings:
    settings = load()
    return settings if schema is None else replace(settings, schema=schema)


def _apply(settings: Settings, asked: Store | None) -> None:
    from contributor_backfill.db.migrate import apply

    with open_conninfo(settings, direct_store(settings, asked, "takes no migrations")) as conninfo:
        applied = apply(conninfo, settings.schema)
    names = ", ".join(step.name for step in applied)
    echo(f"Applied: {names}." if applied else "The database is up to date.")


def _write(directory: Path, schema: str) -> None:
    from contributor_backfill.db.migrations import files

    with writing(directory):
        directory.mkdir(parents=True, exist_ok=True)
        there = [path.name for path in directory.iterdir()]
        new = files(there, SystemClock().now(), schema)
        for name, text in new.items():
            # Whole or not at all: a name that is there is not written again.
            write_whole(directory / name, text)
    echo_lines(new)
    if new:
        hint("Next: supabase db push, or psql -f each of them in this order")
    else:
        echo(f"{directory} lacks nothing.")


def _check(settings: Settings, asked: Store | None) -> None:
    from contributor_backfill.db.migrations import pending

    with open_gateway(
        settings, asked, read_only=True, bring_up_to_date=False, check_version=False
    ) as gateway:
        try:
            with suppress(SchemaMissing):  # an older one is told of below, step by step
                gateway.check_version()
            applied = dict(gateway.inspect_schema().migrations)
        except SchemaMissing:
            applied = {}
    if missing := pending(applied):
        raise DriftFound(
            f"The database lacks {', '.join(step.name for step in missing)}.",
            advice="Run `contributor-backfill migrate`.",
        )
    echo("The database is ready.")
