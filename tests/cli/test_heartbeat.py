"""Supabase starts the workflow on time, by SQL that was printed for it.

pg_cron, pg_net and Vault are not to be had here, so their functions are stood in for by tables;
the SQL itself runs in a real Postgres.
"""

from pathlib import Path

import pytest

from tests.support.commands import Commands
from tests.support.databases import Database, new_database

ARGUMENTS = ("heartbeat", "--print", "--repository", "me/site")
SUPABASE = """
create schema cron; create schema net; create schema vault;
create table cron.job (jobname text primary key, schedule text, command text);
create function cron.schedule(name text, at text, command text) returns bigint language sql as $$
  insert into cron.job values (name, at, command)
  on conflict (jobname) do update set schedule = excluded.schedule, command = excluded.command;
  select 1::bigint $$;
create function cron.unschedule(name text) returns boolean language sql as $$
  delete from cron.job where jobname = name; select true $$;
create table net.sent (url text, headers jsonb, body jsonb);
create function net.http_post(url text, headers jsonb, body jsonb) returns bigint language sql as $$
  insert into net.sent values (url, headers, body); select 1::bigint $$;
create table vault.decrypted_secrets (name text, decrypted_secret text);
"""


@pytest.fixture
def supabase(postgres: str) -> Database:
    database = new_database(postgres, migrated=True)
    database.rows(SUPABASE)
    return database


def run(database: Database, sql: str) -> None:
    # The extensions cannot be created here; what they bring is stood in for.
    lines = [line for line in sql.splitlines() if not line.startswith("create extension")]
    assert len(sql.splitlines()) - len(lines) in {0, 2}
    database.rows("\n".join(lines))


def test_it_sends_what_github_takes_with_the_token_from_vault(
    supabase: Database, tmp_path: Path
) -> None:
    printed = Commands({}, tmp_path).run(*ARGUMENTS, "--minutes", "15")
    for _ in range(2):
        run(supabase, printed.stdout)
    job = supabase.rows("select * from cron.job")[0]

    supabase.rows(job["command"])
    assert supabase.rows("select * from net.sent") == [], "without a token nothing is sent"
    supabase.rows(
        "insert into vault.decrypted_secrets values ('contributor_backfill_github_token', 'ghp_x')"
    )
    supabase.rows(job["command"])

    (sent,) = supabase.rows("select * from net.sent")
    assert job["schedule"] == "*/15 * * * *"
    assert sent["url"] == (
        "https://api.github.com/repos/me/site/actions/workflows/progressive-backfill.yml/dispatches"
    )
    assert sent["body"] == {"ref": "main"}
    assert sent["headers"]["Authorization"] == "Bearer ghp_x"
    assert "ghp_x" not in job["command"]


def test_it_starts_nothing_beside_a_run_that_is_alive(supabase: Database, tmp_path: Path) -> None:
    run(supabase, Commands({}, tmp_path).run(*ARGUMENTS).stdout)
    supabase.rows(
        "insert into vault.decrypted_secrets values ('contributor_backfill_github_token', 'x')"
    )
    supabase.rows(
        "insert into backfill_runs (id, command, holder)"
        " values (gen_random_uuid(), 'progressive-backfill', 'h')"
    )
    command = supabase.value("select command from cron.job")

    supabase.rows(command)
    assert supabase.value("select count(*) from net.sent") == 0
    supabase.rows("update backfill_runs set heartbeat_at = now() - interval '3 minutes'")
    supabase.rows(command)

    assert supabase.value("select count(*) from net.sent") == 1


def test_an_alarm_tells_a_webhook_once_no_run_has_begun_for_a_day(
    supabase: Database, tmp_path: Path
) -> None:
    run(supabase, Commands({}, tmp_path).run(*ARGUMENTS, "--alarm").stdout)
    job = supabase.rows("select * from cron.job")[0]
    supabase.rows(
        "insert into vault.decrypted_secrets"
        " values ('contributor_backfill_alert_webhook', 'https://chat.example/hook')"
    )
    supabase.rows(
        "insert into backfill_runs (id, command, holder, started_at)"
        " values (gen_random_uuid(), 'progressive-backfill', 'h', now() - interval '23 hours')"
    )

    supabase.rows(job["command"])
    assert supabase.value("select count(*) from net.sent") == 0
    supabase.rows("update backfill_runs set started_at = now() - interval '25 hours'")
    supabase.rows(job["command"])

    (sent,) = supabase.rows("select * from net.sent")
    assert sent["url"] == "https://chat.example/hook"
    assert "no run of me/site has begun for a day" in sent["body"]["text"]
    assert "gh workflow enable progressive-backfill.yml --repo me/site" in sent["body"]["text"]
    assert "chat.example" not in job["command"]


def test_it_is_taken_away_again(supabase: Database, tmp_path: Path) -> None:
    commands = Commands({}, tmp_path)
    run(supabase, commands.run(*ARGUMENTS).stdout)
    run(supabase, commands.run(*ARGUMENTS, "--alarm").stdout)

    run(supabase, commands.run(*ARGUMENTS, "--remove").stdout)

    assert supabase.value("select count(*) from cron.job") == 0


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--repository", "me/site'; drop table x; --"),
        ("--workflow", "x.yml'); select 1; --"),
        ("--reference", "main'); select 1; --"),
        ("--minutes", "4"),
    ],
)
def test_nothing_that_could_be_sql_gets_into_it(tmp_path: Path, option: str, value: str) -> None:
    done = Commands({}, tmp_path).run(*ARGUMENTS, option, value)

    assert (done.returncode, done.stdout) == (2, "")
    assert value in done.stderr
