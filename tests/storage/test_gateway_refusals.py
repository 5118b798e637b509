"""A refusal or slowness of the database is called by its name over every transport."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.db.supabase import RpcTransport
from contributor_backfill.db.transport import Transport
from contributor_backfill.domain.errors import (
    LeaseLost,
    NotConfigured,
    NotFound,
    StoreFault,
    StoreUnreachable,
)
from contributor_backfill.domain.page_planner import PagePlanner
from tests.support.databases import Database
from tests.support.pages import begin, claim, commit, item, page, pull_request
from tests.support.postgrest import PostgrestServer

Opening = Callable[[Transport], Gateway]
PAGE = page(item(pull_request(1)), item(pull_request(2)))


@pytest.fixture
def supabase(postgrest: PostgrestServer, open_gateway: Opening) -> Gateway:
    return open_gateway(RpcTransport(postgrest.url, postgrest.keys.secret_key))


@pytest.fixture
def without_a_grant(database: Database) -> Iterator[None]:
    database.rows("revoke select on pull_requests from service_role")
    yield
    database.rows("grant select on pull_requests to service_role")


@pytest.mark.usefixtures("without_a_grant")
def test_a_missing_grant_is_named(either_gateway: Gateway) -> None:
    with pytest.raises(NotConfigured, match="permission denied for table pull_requests"):
        begin(either_gateway)


@pytest.fixture
def a_slow_function(database: Database) -> Iterator[str]:
    database.rows("""
        create function backfill_slow() returns jsonb language sql
        set statement_timeout = '50ms' as $$ select jsonb_build_object('ok', pg_sleep(5) is null) $$
    """)
    yield "backfill_slow"
    database.rows("drop function backfill_slow()")


def test_a_call_that_supabase_ends_for_its_slowness_is_not_repeated(
    a_slow_function: str, supabase: Gateway, postgrest: PostgrestServer
) -> None:
    with pytest.raises(StoreFault, match=r"statement timeout \(57014\)"):
        supabase.transport.call(a_slow_function, {})

    assert postgrest.calls == [a_slow_function]


def test_a_call_that_the_client_gave_up_waiting_for_happens_once(
    postgrest: PostgrestServer,
    open_gateway: Opening,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("contributor_backfill.db.supabase.TIMEOUT", httpx.Timeout(0.5))
    hasty = open_gateway(RpcTransport(postgrest.url, postgrest.keys.secret_key))
    begin(hasty)
    held = claim(hasty)
    postgrest.fail_next("slow", function="backfill_commit_v1", seconds=60)

    done = commit(hasty, held, PAGE)
    postgrest.close()  # and now the first call goes through as well

    assert done.inserted == 2
    assert commit(hasty, held, PAGE) == done
    assert database.value("select processed_prs from progressive_backfill_state") == 2


def test_a_page_that_is_too_large_is_refused_and_not_repeated(
    supabase: Gateway, postgrest: PostgrestServer
) -> None:
    begin(supabase)
    held = claim(supabase)
    postgrest.fail_next("too_large", times=3, function="backfill_commit_v1")

    with pytest.raises(StoreFault, match="413") as refused:
        commit(supabase, held, PAGE)

    assert not isinstance(refused.value, StoreUnreachable)
    assert postgrest.calls.count("backfill_commit_v1") == 1


@pytest.mark.parametrize("kind", ["unknown", "expired"])
def test_a_refused_key_says_which_variable_to_set(
    kind: str, postgrest: PostgrestServer, open_gateway: Opening
) -> None:
    keys = postgrest.keys
    key = keys.sign("service_role", -100) if kind == "expired" else "sb_secret_of-another-project"

    with pytest.raises(NotConfigured, match="SUPABASE_SERVICE_KEY") as refused:
        open_gateway(RpcTransport(postgrest.url, key)).read_status()

    assert key not in str(refused.value)
    assert len(postgrest.calls) == 1, "it will not be right the second time"


def test_a_password_is_in_no_message(open_gateway: Opening) -> None:
    for address in (
        "postgresql://ada:hunter2@127.0.0.1:1/none",
        "postgresql://ada:hunter2@[127.0.0.1:1/none",
        "postgresql://ada:hunter2@127.0.0.1:1/none?nonsense=1",
    ):
        with pytest.raises((NotConfigured, StoreUnreachable)) as refused:
            open_gateway(PostgresTransport(address)).read_status()
        assert "hunter2" not in str(refused.value)


def test_a_user_who_may_not_become_the_service_role_is_told(
    open_gateway: Opening, database: Database
) -> None:
    database.rows("""
        do $$ begin
          if to_regrole('outsider') is null then create role outsider login; end if;
        end $$
    """)

    with pytest.raises(NotConfigured, match="service_role"):
        open_gateway(PostgresTransport(f"{database.conninfo} user=outsider")).read_status()


def test_every_transition_refuses_a_lease_that_has_passed_on(either_gateway: Gateway) -> None:
    begin(either_gateway)
    late = claim(either_gateway, holder="late", lease_seconds=0)
    claim(either_gateway, holder="quick")
    size = PagePlanner(25)

    for act in (
        lambda: commit(either_gateway, late, PAGE),
        lambda: either_gateway.release(late, next_attempt_at=None, reason="x"),
        lambda: either_gateway.fail(late, "x", terminal=False, page_size=size, requests=1),
    ):
        with pytest.raises(LeaseLost, match="nothing is lost") as refused:
            act()
        assert refused.value.code == "CB001"


def test_an_unknown_id_is_as_unknown_as_an_unknown_name(either_gateway: Gateway) -> None:
    nobody = "00000000-0000-0000-0000-000000000000"

    for asked in ({"repository_id": nobody}, {"full_name": "octo/none"}):
        with pytest.raises(NotFound, match="track OWNER/NAME"):
            either_gateway.peek_backfills(**asked)  # type: ignore[arg-type]  # both are strings
        with pytest.raises(NotFound):
            either_gateway.read_status(**asked)  # type: ignore[arg-type]  # both are strings


def test_any_text_that_json_can_hold_arrives_as_it_was(
    either_gateway: Gateway, database: Database
) -> None:
    text = "ünï \U0001f980 \"quoted\" \\n {curly, 'single'} %s %(x)s \u2028 \t $$ ; --"
    begin(either_gateway)

    commit(
        either_gateway, claim(either_gateway, holder=text), page(item(pull_request(1, body=text)))
    )

    assert database.value("select body from pull_requests") == text
    assert database.value("select lease_holder from progressive_backfill_state") == text


def test_holders_with_odd_names_are_still_known_as_dead(either_gateway: Gateway) -> None:
    odd = 'host "a", {b} \\ é/1'
    begin(either_gateway)
    claim(either_gateway, holder=odd)

    assert claim(either_gateway, dead_holders=("someone", odd)).chunk_number == 1
