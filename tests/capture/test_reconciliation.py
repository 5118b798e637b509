"""A reconciliation compares what is stored with GitHub's totals, at a known cost."""

from collections.abc import Iterator

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.bounds import Stop
from contributor_backfill.domain.errors import LeaseLost
from contributor_backfill.domain.sources import Claim
from contributor_backfill.reports.standing import standing
from contributor_backfill.sandbox import Limits, RepositoryOptions, Sandbox, World
from tests.support.captures import REPOSITORY, SYNC, Rig, tracked
from tests.support.databases import Database
from tests.support.reconciling import (
    COMPARED,
    SMALL,
    drift,
    findings,
    is_complete,
    points,
    queue,
    reconcile,
    repository_id,
)
from tests.support.truth import differences


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(World.of([SMALL])) as sandbox:
        yield sandbox


def test_a_complete_repository_costs_a_point_for_a_hundred_and_a_sample_five_at_most(
    gateway: Gateway, database: Database
) -> None:
    large = RepositoryOptions(pull_requests=1_000)
    with tracked(gateway, large, limits=Limits(hourly_points=5_000)) as work:
        work.run()
        work.serve()

        sample, whole = reconcile(work, sample=200), reconcile(work)

        assert points(sample) <= 5
        assert points(whole) <= 11
        assert sum(turn.items for turn in sample.turns) == 200
        assert sum(turn.items for turn in whole.turns) == 1_000
        assert findings(work) == set()
        assert is_complete(work)
        assert differences(database, work.sandbox.export(REPOSITORY), whole=True) == []


@pytest.mark.parametrize("sample", [50, None])
def test_comparing_changes_no_row_of_what_is_captured(
    sample: int | None, kept: Rig, database: Database
) -> None:
    tables = ("pull_requests", "reviews", "comments", "contributors", "repositories")
    before = [database.rows(f"select xmin, ctid from {table}") for table in tables]

    reconcile(kept, sample=sample)

    assert [database.rows(f"select xmin, ctid from {table}") for table in tables] == before


def test_what_changed_on_github_after_the_last_sync_is_not_missing(
    kept: Rig, sandbox: Sandbox, database: Database
) -> None:
    numbers = [line["number"] for line in sandbox.export(REPOSITORY)]
    kept.change("insert_pull_request")
    kept.change("add_review", number=numbers[3])
    kept.change("add_comment", number=numbers[5])
    kept.change("add_review_comment", number=numbers[7])
    kept.change("update_pull_request", number=numbers[9], set={"title": "new"})

    report = reconcile(kept)

    assert report.turns[0].stop is Stop.COMPLETED
    assert findings(kept) == set()
    assert queue(kept) == (0, 0)
    kept.serve(SYNC)
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


def test_a_change_that_no_sync_noticed_is_found_and_mended(
    kept: Rig, sandbox: Sandbox, database: Database
) -> None:
    number = kept.longest("reviews", 5)["number"]
    kept.change("add_review", number=number)
    database.rows("""
        update progressive_backfill_state
        set walk_started_at = now() + interval '1 minute',
          walk_watermark = now() + interval '1 minute'
    """)

    reconcile(kept)

    assert findings(kept) == {("pull_requests", number)}
    assert drift(kept).findings[0].reason == "it changed, and no sync noticed"
    queue(kept)
    kept.serve()
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


def test_an_interrupted_reconciliation_goes_on_from_its_cursor(
    gateway: Gateway, database: Database
) -> None:
    with tracked(gateway, RepositoryOptions(pull_requests=450)) as work:
        work.run()
        work.serve()
        reconciled = "select reconciled_at from backfill_repositories"

        first = reconcile(work, steps=2)
        between = database.value(reconciled)
        second = reconcile(work)

        assert first.stop is Stop.CHUNKS
        assert between is None, "it is reconciled only at the end"
        assert [sum(t.items for t in report.turns) for report in (first, second)] == [200, 250]
        assert database.value(reconciled) is not None
        assert points(first) + points(second) == 5


def test_what_a_backfill_stores_meanwhile_is_not_missing(work: Rig, database: Database) -> None:
    work.run(chunks=2, chunk_size=20)
    reconcile(work, steps=1)  # the first hundred, of which forty are stored
    work.run()

    report = reconcile(work)

    assert points(report) <= 3
    assert {kind for kind, _ in findings(work)} <= {"reviews", "comments", "review_comments"}
    work.serve()
    reconcile(work)
    assert findings(work) == set()
    assert differences(database, work.sandbox.export(REPOSITORY), whole=True) == []


def test_a_sample_leaves_an_interrupted_reconciliation_where_it_is(
    kept: Rig, database: Database
) -> None:
    place = "select position from backfill_feeds where feed = 'reconciliation'"
    reconcile(kept, steps=1)
    before = database.value(place)

    reconcile(kept, sample=20)

    assert database.value(place) == before
    assert before["cursor"] is not None


def test_a_sample_begins_no_reconciliation(kept: Rig, database: Database) -> None:
    reconcile(kept, sample=20)

    assert database.rows("""
        select position is null as at_rest, synced_at from backfill_feeds
        where feed = 'reconciliation'
    """) == [{"at_rest": True, "synced_at": None}]
    assert reconcile(kept).turns[0].items == 150


def test_one_run_compares_at_a_time(kept: Rig) -> None:
    kept.gateway.claim(COMPARED, holder="first", lease_seconds=60)

    report = reconcile(kept, holder="second")

    assert report.turns == ()
    assert report.idle is not None
    assert [blocked.cause for blocked in report.idle.blocked] == ["leased"]


def test_a_lease_that_has_run_out_passes_to_the_next_and_does_not_come_back(kept: Rig) -> None:
    claim = kept.gateway.claim(COMPARED, holder="first", lease_seconds=0)
    assert isinstance(claim, Claim)

    report = reconcile(kept, holder="second")

    assert report.turns[0].stop is Stop.COMPLETED
    with pytest.raises(LeaseLost):
        kept.gateway.release(claim, next_attempt_at=None, reason="")


def test_a_repository_is_complete_only_when_nothing_is_missing_of_any_kind(
    kept: Rig, database: Database
) -> None:
    assert is_complete(kept)
    # A comment that has a reply could not be deleted alone.
    last = {"comments": "where comment_type = 'issue_comment'"}
    for table in ("reviews", "comments", "pull_requests"):
        one = f"select id from {table} {last.get(table, '')} limit 1"
        database.rows(f"delete from {table} where id = ({one})")
        reconcile(kept)
        assert not is_complete(kept), table
        assert drift(kept).counts
        queue(kept)
        kept.serve()
        reconcile(kept)
        assert is_complete(kept), table


def test_findings_are_the_newest_first_and_counted_beyond_what_is_shown(
    kept: Rig, database: Database
) -> None:
    database.rows("delete from reviews")
    short = database.value("select count(*) from backfill_pull_requests where reviews_total > 0")
    reconcile(kept)

    shown = kept.gateway.read_drift(repository_id(kept.gateway), 5)

    numbers = [finding.number for finding in shown.findings]
    assert numbers == sorted(numbers, key=lambda n: -(n or 0))
    assert len(numbers) == 5
    assert shown.counts == {"reviews": short}


def test_what_is_too_much_of_one_pull_request_hides_nothing_that_another_lacks(
    kept: Rig, database: Database
) -> None:
    """Nothing is cut to GitHub's total, and a hundred percent is not said while a list differs."""
    kinds = "select id, pull_request_id from reviews"
    moved = database.rows(f"{kinds} order by github_id desc limit 1")[0]
    database.rows(
        """
        update reviews set pull_request_id = (
          select pull_request_id from reviews where pull_request_id <> %s limit 1)
        where id = %s
        """,
        moved["pull_request_id"],
        moved["id"],
    )
    reconcile(kept)

    found = drift(kept)
    reviews = found.completeness["reviews"]

    assert found.counts == {"reviews": 2}
    assert reviews["stored"] == reviews["total"] == database.value("select count(*) from reviews")
    assert reviews["short"] == 2
    (line,) = kept.gateway.read_status()
    assert standing(line, kept.clock.now()).kinds["reviews"].percentage == 99.9
    assert not is_complete(kept)
