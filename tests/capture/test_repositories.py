"""Odd repositories: empty, switched off, renamed, changing while they are backfilled."""

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.bounds import Stop
from contributor_backfill.sandbox import RepositoryOptions, Sandbox
from tests.support.captures import REPOSITORY, Rig, tracked
from tests.support.databases import Database
from tests.support.truth import differences


def test_an_empty_repository_is_complete_at_none_of_none(
    gateway: Gateway, database: Database
) -> None:
    with tracked(gateway, RepositoryOptions(pull_requests=0)) as work:
        assert work.run().stop is Stop.COMPLETED

    state = database.rows("select * from progressive_backfill_state")[0]
    assert (state["status"], state["processed_prs"], state["total_prs"]) == ("completed", 0, 0)


def test_a_repository_whose_pull_requests_are_switched_off_is_complete(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    sandbox.change("enable_pull_requests", repository=REPOSITORY, enabled=False)

    assert work.run().stop is Stop.COMPLETED
    assert database.value("select total_prs from progressive_backfill_state") == 0


def test_a_repository_renamed_during_the_backfill_stays_the_same_one(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    work.run(chunks=3)
    sandbox.change("rename_repository", repository=REPOSITORY, new_name="octo-moved/elsewhere")

    assert work.run().stop is Stop.COMPLETED

    assert database.rows("select full_name, owner, name from repositories") == [
        {"full_name": "octo-moved/elsewhere", "owner": "octo-moved", "name": "elsewhere"}
    ]
    assert database.value("select count(*) from pull_requests") == 300


def test_tracking_a_renamed_repository_finds_the_stored_one(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    sandbox.change("rename_repository", repository=REPOSITORY, new_name="octo-moved/elsewhere")

    intake = work.track(REPOSITORY, backfill=None)

    assert intake.full_name == "octo-moved/elsewhere"
    assert database.value("select count(*) from repositories") == 1
    assert not intake.started


def test_a_repository_of_a_legacy_state_is_found_by_its_name_and_checked_by_its_id(
    work: Rig, database: Database
) -> None:
    database.rows("update backfill_repositories set node_id = null")

    assert work.run().stop is Stop.COMPLETED
    assert database.value("select node_id from backfill_repositories") is not None


def test_a_name_that_belongs_to_another_repository_by_now_is_not_captured(
    work: Rig, database: Database
) -> None:
    database.rows("update backfill_repositories set node_id = null")
    database.rows("update repositories set github_id = 42")

    report = work.run()

    assert report.failed
    assert "another repository" in report.turns[-1].reason
    assert database.value("select count(*) from pull_requests") == 0


def test_what_changes_during_the_backfill_does_not_disturb_it(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    work.run(chunks=4)
    newest = next(sandbox.export(REPOSITORY))["number"]
    oldest = list(sandbox.export(REPOSITORY))[-1]["number"]
    sandbox.change("insert_pull_request", repository=REPOSITORY)
    sandbox.change("delete_pull_request", repository=REPOSITORY, number=newest)
    sandbox.change("update_pull_request", repository=REPOSITORY, number=oldest, set={"title": "x"})

    assert work.run().stop is Stop.COMPLETED

    assert database.value("select title from pull_requests where number = %s", oldest) == "x"
    known = {newest, *_numbers_above(sandbox, newest)}
    stored = {row["number"] for row in database.rows("select number from pull_requests")}
    assert stored - known == {line["number"] for line in sandbox.export(REPOSITORY)} - known


def test_the_same_page_captured_again_rewrites_no_row(
    backfilled: Rig, sandbox: Sandbox, database: Database
) -> None:
    versions = _row_versions(database)
    database.rows("update progressive_backfill_state set status = 'failed', walk_started_at = null")
    backfilled.track()

    report = backfilled.run()

    assert report.turns[-1].commits > 5
    assert report.turns[-1].captured == 0
    assert _row_versions(database) == versions
    assert differences(database, sandbox.export(REPOSITORY)) == []


def _row_versions(database: Database) -> list[tuple[str, str]]:
    tables = ("pull_requests", "reviews", "comments", "contributors", "backfill_pull_requests")
    rows = (
        database.rows(f"select ctid::text || xmin::text as version from {table}")
        for table in tables
    )
    return [
        (table, row["version"]) for table, found in zip(tables, rows, strict=True) for row in found
    ]


def _numbers_above(sandbox: Sandbox, number: int) -> set[int]:
    return {line["number"] for line in sandbox.export(REPOSITORY) if line["number"] > number}
