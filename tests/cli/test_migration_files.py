"""`migrate --write`: files for `supabase db push` and psql; and `psql` on any database."""

import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from contributor_backfill.db.embedded import own_program
from contributor_backfill.db.migrations import Step, files, steps
from tests.support.commands import Commands
from tests.support.databases import Database, new_database
from tests.support.entry import run_here

NAME = re.compile(r"\d{14}_contributor_backfill_\w+\.sql")


def psql(conninfo: str, *arguments: str) -> None:
    program = own_program(None, "psql")
    line = [str(program), conninfo, "-q", "-v", "ON_ERROR_STOP=1", *arguments]
    subprocess.run(line, check=True, capture_output=True, text=True)


def test_files_bring_an_empty_database_up_to_date_one_after_the_other(
    postgres: str, commands: Commands, tmp_path: Path
) -> None:
    bare = new_database(postgres)
    directory = tmp_path / "supabase" / "migrations"

    done = run_here(commands.environment, tmp_path, "migrate", "--write", str(directory))

    assert done.exit_code == 0, done.talk
    found = sorted(directory.iterdir())
    assert [path.name for path in found] == done.output.split()
    assert all(NAME.fullmatch(path.name) for path in found)
    assert len({path.name[:14] for path in found}) == len(found) == len(steps())
    assert "functions" in found[-1].name
    for path in found:
        psql(bare.conninfo, "-f", str(path))
    environment = {**commands.environment, "DATABASE_URL": bare.conninfo}
    assert run_here(environment, tmp_path, "migrate", "--check").exit_code == 0
    assert run_here(environment, tmp_path, "migrate").output == "The database is up to date.\n"
    psql(bare.conninfo, "-f", str(found[0]), "-f", str(found[-1]))

    again = run_here(commands.environment, tmp_path, "migrate", "--write", str(directory))
    assert again.output == f"{directory} lacks nothing.\n"
    assert sorted(directory.iterdir()) == found


def test_what_changed_comes_again_behind_all_that_is_there() -> None:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    names = [*files([], now), "20990101000000_of_the_site.sql"]
    older = [re.sub(r"(functions_)\w+", r"\g<1>0123456789ab", name) for name in names]

    (added,) = files(older, now)

    assert added > max(older)
    assert "functions" in added
    assert files(names, now) == {}


def test_a_file_is_one_transaction() -> None:
    for name, text in files([], datetime(2026, 1, 2, tzinfo=UTC)).items():
        assert text.startswith("begin;\n"), name
        assert text.endswith("\ncommit;\n"), name
    assert isinstance(steps()[0], Step)


def test_a_folder_that_cannot_be_written_is_said(commands: Commands, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    done = run_here(commands.environment, tmp_path, "migrate", "--write", "file/migrations")

    assert (done.exit_code, done.output) == (2, "")
    assert "file/migrations cannot be written: Not a directory." in done.talk


def test_psql_opens_the_configured_database_and_shows_nobody_its_password(
    database: Database, variables: dict[str, str], tmp_path: Path
) -> None:
    log = tmp_path / "line"
    binaries = tmp_path / "bin"
    binaries.mkdir()
    program = own_program(None, "psql")
    (binaries / "psql").write_text(
        f'#!/bin/sh\necho "$@" > {log}\nexec {program} "$@"\n', encoding="utf-8"
    )
    (binaries / "psql").chmod(0o755)
    secret = {
        **variables,
        "DATABASE_URL": f"{database.conninfo} password=hunter2",
        "CONTRIBUTOR_BACKFILL_PG_BIN": str(binaries),
    }

    done = Commands(secret, tmp_path).run("psql", "-At", "-c", "select current_database()")

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == database.value("select current_database()")
    assert "hunter2" not in log.read_text(encoding="utf-8")
    assert os.access(binaries, os.X_OK)


def test_psql_says_that_the_api_of_supabase_takes_no_sql(
    variables: dict[str, str], tmp_path: Path
) -> None:
    supabase = {"SUPABASE_URL": "https://x.supabase.co", "SUPABASE_SERVICE_KEY": "k"}

    done = Commands({**variables, **supabase, "DATABASE_URL": ""}, tmp_path).run("psql")

    assert (done.returncode, done.stdout) == (3, "")
    assert "DATABASE_URL" in done.stderr
