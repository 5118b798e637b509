"""Another job deletes rows while ours is at work, and does not know of it."""

from contributor_backfill.capture.report import Silence
from contributor_backfill.domain.bounds import Stop
from contributor_backfill.sandbox import Sandbox
from tests.support.captures import REPOSITORY, Rig
from tests.support.databases import Database
from tests.support.reconciling import queue, reconcile
from tests.support.truth import differences


class Vandal(Silence):
    """Delete a fifth of the pull requests, another one after each step."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._steps = 0

    def committed(self, *_: object) -> None:
        self._steps += 1
        self._database.rows("delete from pull_requests where number %% 5 = %s", self._steps % 5)


def test_rows_that_vanish_in_the_middle_of_a_turn_stop_nothing(
    backfilled: Rig, sandbox: Sandbox, database: Database
) -> None:
    report = backfilled.serve(progress=Vandal(database))

    assert all(turn.stop is Stop.COMPLETED for turn in report.turns)
    reconcile(backfilled)
    queue(backfilled)
    backfilled.serve()
    backfilled.serve()
    assert database.value("select count(*) from backfill_rejects") == 0
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []
