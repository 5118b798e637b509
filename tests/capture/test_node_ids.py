"""A stored node id that leads nowhere is no lost repository."""

import pytest

from contributor_backfill.domain.bounds import Stop
from contributor_backfill.domain.control import Access, KnownRepository
from contributor_backfill.domain.types import RepositoryId
from contributor_backfill.operations.recovery import ask_about
from contributor_backfill.sandbox import Sandbox
from tests.support.captures import REPOSITORY, Rig
from tests.support.databases import Database
from tests.support.truth import differences

LEGACY = "MDEwOlJlcG9zaXRvcnkxMjM="
STORED = "select node_id from backfill_repositories"


@pytest.fixture
def outdated(work: Rig, database: Database) -> str:
    """A repository whose stored node id GitHub does not know; return the present one."""
    present = str(database.value(STORED))
    database.rows("update backfill_repositories set node_id = %s returning 1", LEGACY)
    assert work is not None
    return present


def test_it_is_looked_up_by_name_and_the_new_one_is_stored(
    outdated: str, work: Rig, sandbox: Sandbox, database: Database
) -> None:
    report = work.run(minutes=30)

    assert report.stop is Stop.COMPLETED
    assert database.value(STORED) == outdated
    assert differences(database, sandbox.export(REPOSITORY)) == []


@pytest.mark.usefixtures("outdated")
def test_a_name_that_another_repository_bears_is_not_taken_for_it(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    database.rows("update repositories set github_id = github_id + 1 returning 1")

    report = work.run(minutes=30)

    assert report.failed
    assert "belongs to another repository now" in report.turns[-1].reason
    assert database.value("select count(*) from pull_requests") == 0
    assert sandbox.counters()["graphql_requests"] < 10


@pytest.mark.usefixtures("outdated")
@pytest.mark.parametrize(("off", "access"), [(0, Access.OK), (1, Access.GONE)])
def test_recover_asks_by_name_before_it_calls_a_repository_gone(
    off: int, access: Access, work: Rig, database: Database
) -> None:
    (row,) = database.rows("select id, github_id, full_name from repositories")
    suspect = KnownRepository(
        RepositoryId(str(row["id"])), row["github_id"] + off, LEGACY, row["full_name"]
    )

    said = ask_about(work.client(), work.clock, (suspect,))

    assert isinstance(said, tuple)
    assert [finding.access for finding in said] == [access]
