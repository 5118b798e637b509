"""Before a sync reads a page, a conditional request asks whether there is anything to read.

The pull requests of the sandbox changed long before a sync begins; what a test changes changes now.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from contributor_backfill.capture.feed_run import FeedReport
from contributor_backfill.capture.historical import SyncSteps
from contributor_backfill.capture.probing import Prober
from contributor_backfill.domain.budget import Stop
from contributor_backfill.domain.feeds import Feed, Wanted
from contributor_backfill.sandbox import Sandbox
from tests.capture.conftest import a_day_passes
from tests.capture.test_sync import FORCED, PULL_REQUESTS, feed, long_ago
from tests.support.captures import REPOSITORY, Rig
from tests.support.databases import Database
from tests.support.feeds import claim_feed
from tests.support.truth import differences

PULLS = {"rest_path": f"/repos/{REPOSITORY}/pulls"}


@pytest.fixture
def tagged(kept: Rig, database: Database) -> Rig:
    """A repository that is stored whole, with the tag of its newest change."""
    kept.feeds(PULL_REQUESTS)
    assert feed(database)["etag"].startswith('W/"')
    a_day_passes(database)
    return kept


def spent(sandbox: Sandbox, act: Callable[[], FeedReport]) -> tuple[FeedReport, dict[str, int]]:
    before = sandbox.counters()
    report = act()
    after = sandbox.counters()
    names = ("points", "rest_requests", "not_modified")
    return report, {name: after[name] - before[name] for name in names}


def test_while_the_tag_is_the_same_a_pass_is_one_free_request_and_on_record(
    tagged: Rig, sandbox: Sandbox, database: Database
) -> None:
    before = feed(database)

    report, cost = spent(sandbox, lambda: tagged.feeds(PULL_REQUESTS))

    (turn,) = report.turns
    after = feed(database)
    assert cost == {"points": 0, "rest_requests": 0, "not_modified": 1}
    assert (turn.stop, turn.points, turn.requests) == (Stop.COMPLETED, 0, 1)
    assert after["watermark"] == before["watermark"]
    assert after["synced_at"] - before["synced_at"] > timedelta(hours=23)
    assert after["etag"] == before["etag"]
    assert (after["points"], after["requests"]) == (before["points"], before["requests"] + 1)


def test_another_token_costs_one_request_and_gets_a_tag_of_its_own(
    tagged: Rig, sandbox: Sandbox, database: Database
) -> None:
    database.rows("update backfill_feeds set etag = 'W/\"of another token\"'")

    _, first = spent(sandbox, lambda: tagged.feeds(FORCED))
    _, second = spent(sandbox, lambda: tagged.feeds(FORCED))

    assert first == {"points": 0, "rest_requests": 1, "not_modified": 0}
    assert second == {"points": 0, "rest_requests": 0, "not_modified": 1}


def test_what_changed_is_brought_and_the_tag_of_a_change_this_young_is_not_kept(
    tagged: Rig, sandbox: Sandbox, database: Database
) -> None:
    known = feed(database)["etag"]
    newest = next(sandbox.export(REPOSITORY))["number"]
    tagged.change("add_comment", number=newest)

    report, cost = spent(sandbox, lambda: tagged.feeds(PULL_REQUESTS))

    assert cost == {"points": 1, "rest_requests": 1, "not_modified": 0}
    assert report.turns[0].requests == 2
    assert feed(database)["etag"] == known, "another change of the same second could hide behind it"
    assert feed(database)["items_per_hour"] > 0
    tagged.feeds()
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


def test_a_tag_becomes_current_only_at_the_end_of_its_pass(
    tagged: Rig, sandbox: Sandbox, database: Database
) -> None:
    everything = "update backfill_feeds set etag = null, watermark = '2020-01-01'"
    database.rows(f"{everything} where feed = 'pull_requests'")

    first = tagged.feeds(FORCED, items=40)
    middle = feed(database)
    tagged.feeds(FORCED)
    end = feed(database)

    assert first.stop is Stop.ITEMS
    assert (middle["etag"], middle["position"]["etag"] is not None) == (None, True)
    assert (end["etag"], end["position"]) == (middle["position"]["etag"], None)
    _, cost = spent(sandbox, lambda: tagged.feeds(FORCED))
    assert cost["not_modified"] == 1


def test_a_run_that_is_killed_after_its_probe_hides_nothing(
    tagged: Rig, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    tagged.change("insert_pull_request")
    before = feed(database)

    with monkeypatch.context() as patch:
        patch.setattr(SyncSteps, "_page", _die)
        with pytest.raises(MemoryError):
            tagged.feeds(PULL_REQUESTS)
    killed = feed(database)
    report = tagged.feeds(PULL_REQUESTS, is_dead=lambda _: True)

    assert killed["position"] is not None
    assert all(killed[name] == before[name] for name in ("etag", "watermark", "synced_at"))
    assert (report.turns[0].stop, report.turns[0].captured) == (Stop.COMPLETED, 1)


def test_a_change_between_the_probe_and_the_end_is_found_by_the_next_sync(
    tagged: Rig, sandbox: Sandbox, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [line["number"] for line in sandbox.export(REPOSITORY)]
    database.rows("update backfill_feeds set etag = null, watermark = '2020-01-01'")
    page = SyncSteps._page  # noqa: SLF001  # the moment between the two requests

    def change_first(steps: SyncSteps, *asked: Any) -> Any:
        patch.undo()
        tagged.change("add_review", number=numbers[0])
        step = page(steps, *asked)
        tagged.change("add_comment", number=numbers[0])
        return step

    with monkeypatch.context() as patch:
        patch.setattr(SyncSteps, "_page", change_first)
        tagged.feeds(FORCED)
    assert feed(database)["etag"] is not None
    report, cost = spent(sandbox, lambda: tagged.feeds(FORCED))

    assert (cost["not_modified"], report.turns[0].items > 0) == (0, True)
    tagged.feeds()
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


@pytest.mark.parametrize("kind", ["bad_gateway_html", "rest_rate_limited"])
def test_a_probe_that_fails_is_no_reason_not_to_sync(
    kind: str, tagged: Rig, sandbox: Sandbox
) -> None:
    tagged.change("insert_pull_request")
    sandbox.add_fault({"kind": kind, "when": PULLS})

    report = tagged.feeds(PULL_REQUESTS)

    (turn,) = report.turns
    assert (turn.stop, turn.captured, turn.requests) == (Stop.COMPLETED, 1, 2)


def test_no_probe_is_sent_once_rest_has_nothing_to_spare(tagged: Rig, sandbox: Sandbox) -> None:
    claim = claim_feed(tagged.gateway, FORCED)
    assert claim.position is not None
    prober = Prober(tagged.client(), tagged.clock)
    sandbox.service.budget("any", "core").charge(900)

    first, second = (prober.probe(claim, claim.position) for _ in range(2))

    assert first is not None
    assert first.is_unchanged
    assert second is None


def test_whoever_names_a_moment_gets_everything_since_then_read_again(
    tagged: Rig, sandbox: Sandbox
) -> None:
    wanted = Wanted((Feed.PULL_REQUESTS,), forced=True, since=long_ago())

    report, cost = spent(sandbox, lambda: tagged.feeds(wanted))

    assert report.turns[0].items == 300
    assert (cost["rest_requests"], cost["not_modified"]) == (0, 0)


def test_the_list_of_inline_comments_is_its_own_probe(busy: Rig) -> None:
    comments = Wanted((Feed.REVIEW_COMMENTS,), forced=True)
    busy.feeds(comments)

    costs = [spent(busy.sandbox, lambda: busy.feeds(comments))[1] for _ in range(3)]
    export = busy.sandbox.export(REPOSITORY)
    number = next(line["number"] for line in export if line["review_comments"])
    busy.change("add_review_comment", number=number)
    report, changed = spent(busy.sandbox, lambda: busy.feeds(comments))

    spent_of_rest = [(cost["rest_requests"], cost["not_modified"]) for cost in costs]
    assert spent_of_rest == [(1, 0), (0, 1), (0, 1)]
    assert (changed["not_modified"], report.turns[0].rows > 0) == (0, True)


def _die(*_: Any) -> None:
    raise MemoryError
