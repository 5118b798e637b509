"""`psql`: look at the data with SQL."""

import os
import subprocess
import sys

import click

from contributor_backfill.cli.app import direct_store, open_conninfo
from contributor_backfill.cli.settings import Store, load
from contributor_backfill.db.schema import PUBLIC


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.option(
    "--store",
    type=click.Choice((Store.POSTGRES, Store.EMBEDDED), case_sensitive=False),
    help="Which database. Default: DATABASE_URL if that or Supabase is set, else the embedded one.",
)
def psql(arguments: tuple[str, ...], *, store: Store | None) -> None:
    """Open the configured database with psql; ARGUMENTS are psql's own.

    For example: contributor-backfill psql -c 'select count(*) from pull_requests'
    """
    from contributor_backfill.db.embedded import own_program
    from contributor_backfill.db.migrate import refuse_newer
    from contributor_backfill.db.postgres import without_password

    settings = load()
    chosen = direct_store(settings, store, "takes no SQL")
    program = own_program(settings.postgres_binaries, "psql")
    with open_conninfo(settings, chosen) as conninfo:
        # Here as well, because the embedded database is not brought up to date on this way.
        refuse_newer(conninfo, settings.schema)
        # What stands on a command line, everybody on the machine can read.
        shown, password = without_password(conninfo)
        environment = os.environ | ({"PGPASSWORD": password} if password else {})
        if settings.schema != PUBLIC:
            # What is typed finds the tool's tables without their schema, and the public ones after.
            environment["PGOPTIONS"] = f'-c search_path="{settings.schema}",public'
        line = [str(program), shown, *arguments]
        done = subprocess.run(line, check=False, env=environment)
    sys.exit(done.returncode)
