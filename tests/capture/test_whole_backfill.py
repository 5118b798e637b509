"""A backfill from start to end stores exactly what GitHub has."""

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.bounds import Stop
from contributor_backfill.sandbox import RepositoryOptions, Sandbox, World
from tests.support.captures import REPOSITORY, rig
from tests.support.databases import Database
from tests.support.truth import differences


def test_every_row_and_column_equals_the_source(
    either_gateway: Gateway, database: Database
) -> None:
    with Sandbox(World.of([RepositoryOptions(pull_requests=300, oddity_every=4)])) as sandbox:
        work = rig(sandbox, either_gateway)
        work.track()

        report = work.run()

        assert report.stop is Stop.COMPLETED
        assert not report.failed
        assert differences(database, sandbox.export(REPOSITORY)) == []
