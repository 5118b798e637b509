"""Texts of any length come through, in as many commits as one call's megabyte asks for."""

import pytest

from contributor_backfill.capture.report import Silence
from contributor_backfill.sandbox import Sandbox
from tests.support.captures import REPOSITORY, Rig
from tests.support.databases import Database
from tests.support.truth import differences

LONG = "long \x00\U0001f600 " * 6_000
KINDS = ("add_comment", "add_review", "add_review_comment")


class Commits(Silence):
    """Count the commits."""

    def __init__(self) -> None:
        self.count = 0

    def committed(self, *_: object) -> None:
        self.count += 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_of_long_texts_is_stored_whole(
    kind: str, kept: Rig, sandbox: Sandbox, database: Database
) -> None:
    number = kept.longest("reviews", 20)["number"]
    for _ in range(60):
        kept.change(kind, number=number, body=LONG)
    commits = Commits()

    report = kept.serve(progress=commits)

    assert not report.failed
    assert commits.count > sum(turn.steps for turn in report.turns)
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


def test_a_commit_that_is_one_of_several_may_come_again(
    kept: Rig, sandbox: Sandbox, database: Database
) -> None:
    number = kept.longest("reviews", 20)["number"]
    for _ in range(60):
        kept.change("add_review_comment", number=number, body=LONG)

    class Interrupted(Silence):
        """Stop the run after the first commit of the step."""

        def committed(self, *_: object) -> None:
            raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            kept.serve(progress=Interrupted())

    assert database.value("select count(*) from backfill_feeds where lease_holder is not null") == 0
    kept.serve()
    kept.serve()
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []
