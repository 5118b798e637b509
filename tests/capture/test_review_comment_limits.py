"""Reading review comments spends REST's own quota, and stops when it must."""

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.bounds import Stop
from contributor_backfill.domain.sources import SourceName, Wanted
from contributor_backfill.github.faults import BadCredentials
from contributor_backfill.sandbox import Limits
from tests.capture.conftest import a_day_passes
from tests.support.captures import REPOSITORY, SYNC, Rig, tracked
from tests.support.databases import Database
from tests.support.review_comments import BUSY, REVIEW_COMMENTS, fault
from tests.support.truth import differences


def test_a_spent_quota_of_rest_is_deferred_and_leaves_graphql_to_go_on(
    busy: Rig, database: Database
) -> None:
    busy.sandbox.add_fault(fault("rest_rate_limited"))
    line = busy.longest("reviews")
    busy.change("add_review", number=line["number"])

    report = busy.serve(SYNC)

    assert not report.failed
    stops = {turn.source: turn.stop for turn in report.turns}
    assert stops[SourceName.REVIEW_COMMENTS] is Stop.RATE_LIMITED
    assert stops[SourceName.SYNC] is Stop.COMPLETED
    (feed,) = database.rows("""
        select *, next_attempt_at > now() as later from backfill_feeds
        where feed = 'review_comments'
    """)
    assert (feed["later"], feed["lease_expires_at"], feed["error_count"]) == (True, None, 0)
    busy.sandbox.clear_faults()
    a_day_passes(database)
    busy.serve()
    assert differences(database, busy.sandbox.export(REPOSITORY), whole=True) == []


def test_a_reserve_of_requests_is_left_to_others(gateway: Gateway, database: Database) -> None:
    with tracked(gateway, BUSY, limits=Limits(hourly_requests=53)) as work:
        work.run()

        report = work.serve(REVIEW_COMMENTS)

        assert report.turns[0].stop is Stop.QUOTA
        assert work.sandbox.counters()["rest_requests"] == 3
        (feed,) = database.rows("select * from backfill_feeds where feed = 'review_comments'")
        assert feed["next_attempt_reason"] == "quota"
        work.sandbox.clock.advance(3_700)
        a_day_passes(database)
        work.serve(reserve=0)
        assert differences(database, work.sandbox.export(REPOSITORY), whole=True) == []


@pytest.mark.parametrize("kind", ["secondary_403_retry_after", "secondary_200"])
def test_a_secondary_limit_is_waited_for_or_deferred(
    kind: str, busy: Rig, database: Database
) -> None:
    busy.sandbox.add_fault(fault(kind, times=1, retry_after=17))
    first = busy.serve(REVIEW_COMMENTS, steps=1)
    busy.sandbox.add_fault(fault(kind, retry_after=1_700))

    second = busy.serve(REVIEW_COMMENTS, minutes=5)

    assert first.stop is Stop.CHUNKS
    assert [round(seconds) for seconds in busy.clock.slept] == [17]
    assert second.turns[0].stop is Stop.RATE_LIMITED
    assert not second.failed
    (feed,) = database.rows("select * from backfill_feeds where feed = 'review_comments'")
    assert (feed["lease_expires_at"], feed["error_count"]) == (None, 0)


@pytest.mark.parametrize("kind", ["not_found", "saml", "forbidden_integration"])
def test_a_repository_that_cannot_be_read_is_left_alone_for_a_day(
    kind: str, busy: Rig, database: Database
) -> None:
    busy.sandbox.add_fault(fault(kind))

    report = busy.serve(REVIEW_COMMENTS)

    assert report.failed
    (feed,) = database.rows("""
        select *, next_attempt_at - now() > '23 hours' as long from backfill_feeds
        where feed = 'review_comments'
    """)
    assert (feed["last_error"], feed["long"]) == (report.turns[0].reason, True)
    assert busy.serve(Wanted((SourceName.REVIEW_COMMENTS,), hours=0)).turns == ()


def test_a_token_that_expires_midway_is_not_the_sources_fault(
    busy: Rig, database: Database
) -> None:
    busy.sandbox.add_fault(fault("unauthorized", after_requests=2))

    with pytest.raises(BadCredentials, match="GITHUB_TOKEN"):
        busy.serve(REVIEW_COMMENTS)

    (feed,) = database.rows("select * from backfill_feeds where feed = 'review_comments'")
    assert (feed["lease_expires_at"], feed["error_count"]) == (None, 0)
    assert feed["watermark"] is not None
