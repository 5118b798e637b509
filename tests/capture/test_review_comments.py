"""Every review comment of a repository is stored, and each hangs on what it belongs to."""

from collections.abc import Iterator

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.bounds import Stop
from contributor_backfill.domain.sources import Connection, SourceName, Wanted
from contributor_backfill.sandbox import ListSizes, RepositoryOptions, Sandbox
from tests.support.captures import REPOSITORY, SYNC, Rig, rig, tracked
from tests.support.databases import Database
from tests.support.review_comments import REVIEW_COMMENTS, fault
from tests.support.truth import differences

LISTS = Wanted((SourceName.CONNECTIONS,))
ODD = RepositoryOptions(review_comments=ListSizes(2.0, tails=(101, 250)), oddity_every=2)
COLLIDING = RepositoryOptions(pull_requests=120, colliding_ids=True)

ENTERPRISE = "EnterpriseUserAccount"


@pytest.fixture
def odd(gateway: Gateway) -> Iterator[Rig]:
    """A backfill that is done, of a repository with every kind of account in every position."""
    with tracked(gateway, ODD) as work:
        work.run()
        yield work


def test_ghosts_bots_and_all_others_are_stored_in_every_position(
    odd: Rig, database: Database
) -> None:
    export = list(odd.sandbox.export(REPOSITORY))
    for position in ("reviews", "comments", "review_comments"):
        authors = [item["author"] for line in export for item in line[position]]
        kinds = {author["kind"] if author else "ghost" for author in authors}
        assert kinds == {"ghost", "User", "Bot", "Mannequin", "Organization", ENTERPRISE}

    odd.serve()

    assert differences(database, export, whole=True) == []


def test_a_review_with_more_than_a_page_of_comments_is_stored_whole(
    odd: Rig, database: Database
) -> None:
    reviews = (r for line in odd.sandbox.export(REPOSITORY) for r in line["reviews"])
    ids = max(([c["full_database_id"] for c in r["comments"]] for r in reviews), key=len)
    assert len(ids) > 100

    odd.serve(REVIEW_COMMENTS)

    stored = database.value("select count(*) from comments where github_id = any (%s)", ids)
    assert stored == len(ids)


def test_replies_that_come_before_their_parent_are_linked_when_it_comes(
    odd: Rig, database: Database
) -> None:
    odd.sandbox.add_fault(fault("bad_gateway_json", per_page_at_least=11))

    waiting = 0
    while odd.serve(REVIEW_COMMENTS, steps=5).turns[0].stop is Stop.CHUNKS:
        waiting = max(waiting, database.value("select count(*) from backfill_replies"))

    assert waiting > 0
    assert database.value("select count(*) from backfill_replies") == 0
    odd.serve()
    assert differences(database, odd.sandbox.export(REPOSITORY), whole=True) == []


def test_a_reply_to_what_is_gone_waits_and_harms_nothing(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    line = work.longest("review_comments")
    answer = next(c for c in line["review_comments"] if c["reply_to_full_database_id"])
    asked = answer["reply_to_full_database_id"]
    work.change("delete_review_comment", number=line["number"], full_database_id=asked)
    work.run()

    work.serve()

    waiting = database.rows("select parent_github_id from backfill_replies")
    assert {row["parent_github_id"] for row in waiting} == {asked}
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


def test_a_pull_request_that_is_not_stored_is_captured_before_its_comments(
    sandbox: Sandbox, gateway: Gateway, database: Database
) -> None:
    work = rig(sandbox, gateway)
    work.track(backfill=False)
    before = sandbox.counters()["requests"]

    report = work.serve(REVIEW_COMMENTS)

    assert not report.failed
    assert report.turns[0].requests == sandbox.counters()["requests"] - before, "all are counted"
    truth = [line for line in sandbox.export(REPOSITORY) if line["review_comments"]]
    assert report.turns[0].captured == len(truth)
    work.serve(LISTS)
    assert differences(database, truth, whole=True) == []


def test_a_comment_whose_pull_request_nothing_brings_is_kept_on_record_until_it_comes(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    line = work.longest("review_comments")
    number = line["number"]
    sandbox.add_fault({"kind": "poison", "when": {"number": number, "with_details": True}})
    work.run()

    report = work.serve()

    assert report.failed
    ids = {comment["full_database_id"] for comment in line["review_comments"]}
    rejects = database.rows("select * from backfill_rejects where kind = 'review_comments'")
    assert {reject["github_id"] for reject in rejects} == ids
    assert all("is not stored" in reject["message"] for reject in rejects)

    sandbox.clear_faults()
    work.gateway.want_connections([number], (), "by hand", full_name=REPOSITORY)
    work.serve(LISTS)
    work.serve(SYNC)
    assert database.value("select count(*) from backfill_rejects") == 0
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


def test_a_conversation_comment_with_the_same_number_is_not_overwritten(
    gateway: Gateway, database: Database
) -> None:
    with tracked(gateway, COLLIDING) as work:
        work.run()
        before = database.rows("select * from comments order by github_id")

        report = work.serve()

        assert report.failed
        conversation = "select * from comments where comment_type = 'issue_comment' order by 1"
        assert {row["github_id"]: row for row in before}.items() <= {
            row["github_id"]: row for row in database.rows(conversation)
        }.items()
        rejects = database.rows("select message from backfill_rejects")
        assert len(rejects) >= 10
        assert all("stored as a conversation comment" in reject["message"] for reject in rejects)
        assert differences(database, work.sandbox.export(REPOSITORY), whole=True) == []
        asked = work.sandbox.counters()["requests"]
        work.serve()
        assert work.sandbox.counters()["requests"] == asked, (
            "what cannot be stored is not read again"
        )


def test_a_deletion_is_noticed_when_the_list_is_read_alone(
    kept: Rig, sandbox: Sandbox, database: Database
) -> None:
    line = kept.longest("review_comments")
    comment = next(c for c in line["review_comments"] if c["reply_to_full_database_id"] is None)
    deleted = comment["full_database_id"]
    kept.change("delete_review_comment", number=line["number"], full_database_id=deleted)
    numbers = (line["number"],)

    kept.gateway.want_connections(
        numbers, [Connection.REVIEW_COMMENTS], "by hand", full_name=REPOSITORY
    )
    before = sandbox.counters()["rest_requests"]
    kept.serve(LISTS)

    # The list, then the comment by its own address, and its pull request.
    assert sandbox.counters()["rest_requests"] == before + 3
    assert database.rows("select kind, github_id from backfill_deletions") == [
        {"kind": "review_comments", "github_id": deleted}
    ]
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []
