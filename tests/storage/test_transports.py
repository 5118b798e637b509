"""Failures between this process and the database, over each transport."""

from collections.abc import Callable
from pathlib import Path

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.db.supabase import RpcTransport
from contributor_backfill.db.transport import Transport
from contributor_backfill.domain.errors import (
    NotConfigured,
    SchemaMissing,
    StoreFault,
    StoreUnreachable,
)
from tests.support.databases import Database
from tests.support.pages import begin, claim, commit, item, page, pull_request
from tests.support.postgrest import PostgrestServer

Opening = Callable[[Transport], Gateway]


@pytest.fixture
def supabase(postgrest: PostgrestServer, open_gateway: Opening) -> Gateway:
    return open_gateway(RpcTransport(postgrest.url, postgrest.keys.secret_key))


@pytest.mark.parametrize(
    "kind", ["bad_gateway", "unavailable", "html_200", "empty_200", "cut_before", "cut_after"]
)
def test_a_commit_whose_response_is_lost_happens_once(
    kind: str, supabase: Gateway, postgrest: PostgrestServer, database: Database
) -> None:
    begin(supabase)
    held = claim(supabase)
    postgrest.fail_next(kind, function="backfill_commit_v1")  # type: ignore[arg-type]  # one of its kinds

    done = commit(supabase, held, page(item(pull_request(1)), item(pull_request(2))))

    assert postgrest.calls.count("backfill_commit_v1") == 2
    assert (done.inserted, done.stored) == (2, 2)
    assert database.value("select count(*) from pull_requests") == 2
    assert database.value("select processed_prs from progressive_backfill_state") == 2


def test_a_database_that_stays_away_ends_in_a_sentence(
    supabase: Gateway, postgrest: PostgrestServer
) -> None:
    postgrest.fail_next("unavailable", times=9)

    with pytest.raises(StoreUnreachable, match="database is not available"):
        supabase.read_status()


def test_a_refused_lease_is_not_asked_for_again(
    supabase: Gateway, postgrest: PostgrestServer
) -> None:
    begin(supabase)
    held = claim(supabase, lease_seconds=0)
    claim(supabase, holder="other")

    with pytest.raises(StoreFault):
        commit(supabase, held, page(item(pull_request(1))))

    assert postgrest.calls.count("backfill_commit_v1") == 1


def test_both_kinds_of_supabase_keys_work(
    postgrest: PostgrestServer, open_gateway: Opening
) -> None:
    for key in (postgrest.keys.secret_key, postgrest.keys.service_jwt):
        assert open_gateway(RpcTransport(postgrest.url, key)).read_status() == []


@pytest.mark.parametrize("kind", ["anon_jwt", "publishable_key", "wrong"])
def test_a_key_that_may_not_write_is_named_but_never_shown(
    kind: str, postgrest: PostgrestServer, open_gateway: Opening
) -> None:
    key = getattr(postgrest.keys, kind, "sb_secret_of-somebody-else")
    gateway = open_gateway(RpcTransport(postgrest.url, key))

    with pytest.raises(NotConfigured, match="key") as refused:
        gateway.read_status()

    assert key not in str(refused.value)


def test_a_missing_function_asks_for_a_migration(either_gateway: Gateway) -> None:
    with pytest.raises(SchemaMissing, match="contributor-backfill migrate"):
        either_gateway.transport.call("backfill_not_there_v1", {"p_x": 1})


def test_a_connection_that_was_cut_between_two_calls_is_opened_anew(
    gateway: Gateway, database: Database
) -> None:
    gateway.read_status()
    database.rows("""
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()
    """)

    assert gateway.read_status() == []


def test_nobody_at_the_address_ends_in_a_sentence(open_gateway: Opening) -> None:
    for transport in (
        PostgresTransport("postgresql://127.0.0.1:1/none"),
        RpcTransport("http://127.0.0.1:1", "sb_secret_x"),
    ):
        with pytest.raises(StoreUnreachable, match="does not answer"):
            open_gateway(transport).read_status()


def test_a_call_that_takes_too_long_is_ended_by_the_database(
    open_gateway: Opening, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "contributor_backfill.db.postgres.AS_SERVICE_ROLE",
        "select set_config('role', 'service_role', true),"
        " set_config('statement_timeout', '50', true)",
    )
    gateway = open_gateway(PostgresTransport(database.conninfo))
    database.rows("""
        create function backfill_slow() returns jsonb language sql as
        $$ select jsonb_build_object('ok', pg_sleep(600) is null) $$;
        grant execute on function backfill_slow() to service_role
    """)
    try:
        with pytest.raises(StoreFault, match="57014"):
            gateway.transport.call("backfill_slow", {})
    finally:
        database.rows("drop function backfill_slow()")


def test_a_read_only_gateway_peeks_and_cannot_write(
    gateway: Gateway, open_gateway: Opening, database: Database
) -> None:
    begin(gateway)
    reader = open_gateway(PostgresTransport(database.conninfo, read_only=True))

    backfills, _ = reader.peek_backfills()
    assert [due.repository.full_name for due in backfills] == ["octo/one"]
    with pytest.raises(StoreFault, match="read-only"):
        claim(reader)


@pytest.mark.parametrize(
    "libpq",
    [
        {"PGHOSTADDR": "127.0.0.1", "PGPORT": "1"},
        {"PGHOST": "127.0.0.1"},
        {"PGSERVICE": "elsewhere"},
    ],
)
def test_libpqs_own_variables_name_no_other_place(
    open_gateway: Opening,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    libpq: dict[str, str],
    tmp_path: Path,
) -> None:
    services = tmp_path / "services"
    services.write_text("[elsewhere]\nhostaddr=127.0.0.1\nport=1\n")
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    for name, value in libpq.items():
        monkeypatch.setenv(name, value)

    assert open_gateway(PostgresTransport(database.conninfo)).read_status() == []
