"""A sync and a backfill of the same repository leave each other what each does best."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.sources import SourceName, Wanted
from contributor_backfill.sandbox import RepositoryOptions, Sandbox, World
from tests.support.captures import REPOSITORY, SYNC, Rig, rig, tracked
from tests.support.databases import Database
from tests.support.truth import differences

RECENT = RepositoryOptions(
    pull_requests=300,
    hours_between=3.0,
    newest=(datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
)


def test_while_a_backfill_is_active_only_the_last_day_is_synced(
    gateway: Gateway, database: Database
) -> None:
    with tracked(gateway, RECENT) as work:
        work.run(chunks=1)
        database.rows("""
            update progressive_backfill_state
            set walk_started_at = now() - interval '9 days',
              walk_watermark = now() - interval '9 days'
        """)
        a_day_ago = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        recent = [x for x in work.sandbox.export(REPOSITORY) if x["updated_at"] >= a_day_ago]

        report = work.serve(Wanted((SourceName.SYNC,), while_backfilled=True))

        assert len(recent) <= report.turns[0].items <= len(recent) + 25
        watermark = "select watermark from backfill_feeds where feed = 'pull_requests'"
        assert database.value(watermark) is None
        work.run()
        work.serve()
        work.serve(SYNC)
        assert differences(database, work.sandbox.export(REPOSITORY), whole=True) == []


def test_a_sync_begins_a_backfill_where_too_little_is_stored_and_none_is_known(
    sandbox: Sandbox, gateway: Gateway, database: Database
) -> None:
    work = rig(sandbox, gateway)
    work.track(backfill=False)

    report = work.serve(SYNC)

    assert report.begun == (REPOSITORY,)
    assert database.value("select status from progressive_backfill_state") == "active"
    assert work.serve(SYNC).begun == ()
    work.run()
    work.serve()
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


@pytest.mark.parametrize(("stored", "begun"), [(239, (REPOSITORY,)), (240, ())])
def test_four_fifths_are_enough(
    stored: int, begun: tuple[str, ...], kept: Rig, database: Database
) -> None:
    database.rows("delete from progressive_backfill_state")
    oldest = "select id from pull_requests order by updated_at limit %s"
    database.rows(f"delete from pull_requests where id in ({oldest})", 300 - stored)

    assert kept.serve(SYNC).begun == begun


def test_a_small_repository_is_taken_whole_by_its_first_sync(
    either_gateway: Gateway, database: Database
) -> None:
    with Sandbox(World.of([RepositoryOptions(pull_requests=99, oddity_every=2)])) as sandbox:
        work = rig(sandbox, either_gateway)
        work.track(backfill=None)

        report = work.serve()

        assert report.begun == ()
        assert not report.failed
        assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


def test_a_first_sync_with_a_window_leaves_the_rest_to_the_next(
    gateway: Gateway, database: Database
) -> None:
    """Nothing else would bring it: a small repository has no backfill."""
    with Sandbox(World.of([RepositoryOptions(pull_requests=99)])) as sandbox:
        work = rig(sandbox, gateway)
        work.track(backfill=None)
        work.serve(replace(SYNC, since=datetime.now(UTC) - timedelta(days=40)))

        work.serve(SYNC)

        assert differences(database, sandbox.export(REPOSITORY), whole=True) == []
