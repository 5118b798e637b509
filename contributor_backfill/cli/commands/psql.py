"""`psql`: look at the data with SQL."""

import os
import subprocess
import sys

import click

from contributor_backfill.cli.app import open_conninfo
from contributor_backfill.cli.settings import Store, load
from contributor_backfill.db.schema import PUBLIC


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(arguments: tuple[str, ...]) -> None:
    """Open the embedded database with psql; ARGUMENTS are psql's own.

    For example: contributor-backfill psql -c 'select count(*) from pull_requests'
    """
    from contributor_backfill.db.embedded import own_program
    from contributor_backfill.db.migrating import refuse_newer

    settings = load()
    program = own_program(settings.postgres_binaries, "psql")
    with open_conninfo(settings, Store.EMBEDDED) as conninfo:
        refuse_newer(conninfo, settings.schema)
        # What is typed finds the tool's tables without their schema, and the public ones after it.
        looks_in = {"PGOPTIONS": f'-c search_path="{settings.schema}",public'}
        environment = os.environ if settings.schema == PUBLIC else {**os.environ, **looks_in}
        done = subprocess.run([program, conninfo, *arguments], check=False, env=environment)
    sys.exit(done.returncode)
