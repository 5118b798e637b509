"""A database that vanishes between two calls costs a retry or a run, never a row."""

from collections.abc import Callable

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.supabase import RpcTransport
from contributor_backfill.db.transport import Transport
from contributor_backfill.domain.bounds import Stop
from contributor_backfill.domain.errors import StoreUnreachable
from contributor_backfill.domain.sources import SourceName, Wanted
from contributor_backfill.sandbox import Sandbox
from tests.support.captures import REPOSITORY, Rig, rig
from tests.support.databases import Database
from tests.support.postgrest_faults import FaultyProxy, Kind
from tests.support.truth import differences

COMMIT = "backfill_commit_v1"
CLAIM_FEED, COMMIT_FEED = "backfill_claim_v1", "backfill_commit_v1"
LEASES_END = "update backfill_feeds set lease_expires_at = now()"
ASKED = "select sum(requests)::int from backfill_feeds"


@pytest.fixture
def hosted(
    sandbox: Sandbox, faulty_postgrest: FaultyProxy, open_gateway: Callable[[Transport], Gateway]
) -> Rig:
    """A tracked repository, its database behind PostgREST's rules."""
    transport = RpcTransport(faulty_postgrest.url, faulty_postgrest.keys.service_jwt)
    hosted = rig(sandbox, open_gateway(transport))
    hosted.track()
    return hosted


@pytest.mark.parametrize("kind", ["cut_before", "cut_after", "bad_gateway", "unavailable"])
def test_a_short_absence_is_bridged(
    kind: Kind, hosted: Rig, sandbox: Sandbox, faulty_postgrest: FaultyProxy, database: Database
) -> None:
    faulty_postgrest.fail_next(kind, times=2, function=COMMIT)

    assert hosted.run().stop is Stop.COMPLETED

    assert differences(database, sandbox.export(REPOSITORY)) == []


@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
def test_a_long_absence_ends_the_run_and_the_next_goes_on(
    kind: Kind, hosted: Rig, sandbox: Sandbox, faulty_postgrest: FaultyProxy, database: Database
) -> None:
    faulty_postgrest.fail_next(kind, times=3, function=COMMIT)
    with pytest.raises(StoreUnreachable):
        hosted.run()
    asked = sandbox.counters()["executed"]

    report = hosted.run(holder="next", is_dead=lambda holder: holder == "test")

    assert report.stop is Stop.COMPLETED
    assert differences(database, sandbox.export(REPOSITORY)) == []
    pages = database.value("select count(*) from backfill_chunks where status = 'completed'")
    known = 1 if kind == "cut_after" else 0
    assert sandbox.counters()["executed"] - asked == pages - known, "no page is read again"


@pytest.mark.parametrize("kind", ["cut_before", "cut_after", "bad_gateway", "unavailable"])
def test_a_short_absence_is_bridged_by_sources_as_well(
    kind: Kind, hosted: Rig, sandbox: Sandbox, faulty_postgrest: FaultyProxy, database: Database
) -> None:
    hosted.run()
    faulty_postgrest.fail_next(kind, times=2, function=COMMIT_FEED)

    assert not hosted.serve().failed

    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
@pytest.mark.parametrize("feed", [SourceName.CONNECTIONS, SourceName.REVIEW_COMMENTS])
def test_a_source_goes_on_where_the_database_last_had_it(
    feed: SourceName,
    kind: Kind,
    hosted: Rig,
    faulty_postgrest: FaultyProxy,
    database: Database,
) -> None:
    hosted.run()
    wanted = Wanted((feed,))
    hosted.serve(wanted, steps=2)
    before = database.value(ASKED)
    faulty_postgrest.fail_next(kind, times=3, function=COMMIT_FEED)
    with pytest.raises(StoreUnreachable):
        hosted.serve(wanted)

    committed = database.value(ASKED) - before
    report = hosted.serve(wanted, holder="next", is_dead=lambda holder: holder == "test")

    assert committed == (1 if kind == "cut_after" else 0)
    assert report.turns[0].stop is Stop.COMPLETED
    hosted.serve()
    assert differences(database, hosted.sandbox.export(REPOSITORY), whole=True) == []


def test_a_claim_whose_response_is_lost_costs_a_run_at_most(
    hosted: Rig, sandbox: Sandbox, faulty_postgrest: FaultyProxy, database: Database
) -> None:
    hosted.run()
    faulty_postgrest.fail_next("cut_after", times=2, function=CLAIM_FEED)

    hosted.serve()
    database.rows(LEASES_END)
    hosted.serve()

    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []
