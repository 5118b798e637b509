"""Nothing is lost when the clocks of GitHub and the database differ by an hour."""

from collections.abc import Iterator

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.sources import SourceName, Wanted
from contributor_backfill.sandbox import RepositoryOptions, SandboxClock
from tests.support.captures import REPOSITORY, SYNC, Rig, tracked
from tests.support.databases import Database
from tests.support.truth import differences

HOUR = 3_600
PULL_REQUESTS = Wanted((SourceName.SYNC,), forced=True)


@pytest.fixture(params=[-HOUR, -600, 600, HOUR])
def elsewhere(request: pytest.FixtureRequest, gateway: Gateway) -> Iterator[Rig]:
    """A repository on a GitHub whose clock differs from the database's by so many seconds."""
    clock = SandboxClock()
    clock.advance(request.param)
    with tracked(gateway, RepositoryOptions(pull_requests=120), clock=clock) as work:
        yield work


def change(work: Rig, number: int) -> None:
    """Let a pull request move, with a review, a comment and an edited text."""
    work.change("update_pull_request", number=number, set={"title": f"Anew {number}"})
    work.change("add_review", number=number)
    work.change("add_comment", number=number)


def test_what_changes_during_a_backfill_is_brought_by_the_first_sync(
    elsewhere: Rig, database: Database
) -> None:
    numbers = [line["number"] for line in elsewhere.sandbox.export(REPOSITORY)]
    elsewhere.run(chunks=2)
    for number in sorted(numbers)[-20::4]:
        change(elsewhere, number)
    elsewhere.run()

    elsewhere.serve(SYNC)

    assert differences(database, elsewhere.sandbox.export(REPOSITORY), whole=True) == []


def test_what_changes_between_two_syncs_is_brought_by_the_second(
    elsewhere: Rig, database: Database
) -> None:
    numbers = [line["number"] for line in elsewhere.sandbox.export(REPOSITORY)]
    elsewhere.run()
    for round_ in range(3):
        elsewhere.serve(SYNC)
        change(elsewhere, numbers[round_])
        elsewhere.sandbox.clock.advance(30)

    elsewhere.serve(SYNC)

    assert differences(database, elsewhere.sandbox.export(REPOSITORY), whole=True) == []


def test_the_watermark_is_a_time_that_github_gave(elsewhere: Rig, database: Database) -> None:
    elsewhere.run()
    change(elsewhere, next(iter(elsewhere.sandbox.export(REPOSITORY)))["number"])
    elsewhere.serve(PULL_REQUESTS)

    watermark = database.value("select watermark from backfill_feeds where feed = 'pull_requests'")

    assert watermark == database.value("select max(updated_at) from pull_requests")
