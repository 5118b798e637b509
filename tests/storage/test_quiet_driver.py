"""A connection that breaks ends in our own sentence: the driver's remarks name host and user."""

import subprocess
import sys

from tests.support.databases import Database

BREAK = """
import sys
import psycopg
import {module}

with psycopg.connect(sys.argv[1], autocommit=True) as other:
    try:
        with psycopg.connect(sys.argv[1]) as lost, lost.pipeline():
            lost.execute("select 1")
            other.execute("select pg_terminate_backend(%s, 5000)", [lost.info.backend_pid])
            lost.execute("select 1").fetchone()
    except psycopg.OperationalError:
        print("lost")
"""


def said(module: str, database: Database) -> tuple[str, str]:
    code = BREAK.replace("{module}", module)
    command = [sys.executable, "-W", "error::ResourceWarning", "-c", code, database.conninfo]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout, done.stderr


def test_the_driver_says_nothing_of_a_broken_pipeline(database: Database) -> None:
    output, talk = said("contributor_backfill.db.postgres", database)

    assert (output, talk) == ("lost\n", "")


def test_without_us_it_would(database: Database) -> None:
    output, talk = said("logging", database)

    assert output == "lost\n"
    assert "error ignored" in talk
