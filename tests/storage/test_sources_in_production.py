"""The whole capture on contributor.info's database, in both of the forms that it may have."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.db.transport import Transport
from contributor_backfill.domain.bounds import Stop
from contributor_backfill.sandbox import ListSizes, RepositoryOptions, Sandbox, World
from tests.support.captures import REPOSITORY, SYNC, Rig, rig
from tests.support.databases import Database, new_database
from tests.support.reconciling import findings, is_complete, queue, reconcile
from tests.support.truth import differences

ODD = RepositoryOptions(
    pull_requests=300, oddity_every=4, review_comments=ListSizes(2.0, tails=(130,))
)
LONGER_THAN_ALLOWED = 10_500
DOCUMENTED = (
    r"state is 'closed', not 'merged'$",  # that form has no such state; `merged` says it
    r"contributor \d+: username is '[\w-]+', not '",  # its CHECK takes neither `[bot]` nor `_`
    r"position is \d+, not None$",  # its CHECK refuses an outdated line: the original stands in
    r"body is '-', not ''$",  # its CHECK refuses a comment without a text
)


@pytest.fixture(scope="module", params=["export", "migrated"])
def shared_production(request: pytest.FixtureRequest, postgres: str) -> Database:
    return new_database(postgres, variant=request.param, migrated=True)


@pytest.fixture
def production(shared_production: Database) -> Database:
    shared_production.empty()
    return shared_production


@pytest.fixture
def is_strict(shared_production: Database) -> bool:
    """Tell whether it is the form with CHECKs on lengths, letters and positions."""
    return bool(
        shared_production.value(
            "select count(*) from pg_constraint where conname = 'comments_body_length'"
        )
    )


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(World.of([ODD])) as sandbox:
        yield sandbox


@pytest.fixture
def whole(
    production: Database, sandbox: Sandbox, open_gateway: Callable[[Transport], Gateway]
) -> Rig:
    """A repository that was captured whole: its backfill, its connections, its review comments."""
    work = rig(sandbox, open_gateway(PostgresTransport(production.conninfo)))
    if production.bring_back("whole"):
        return work
    work.track()
    reports = work.run(), work.serve()
    assert [report.failed for report in reports] == [False, False]
    assert all(turn.stop is Stop.COMPLETED for report in reports for turn in report.turns)
    production.keep("whole")
    return work


def undocumented(database: Database, sandbox: Sandbox) -> list[str]:
    """Return the differences that nobody is told to expect."""
    clipped = {
        row["github_id"]
        for row in database.rows("select github_id from backfill_rejects where sqlstate = '22001'")
    }
    return [
        line
        for line in differences(database, sandbox.export(REPOSITORY), whole=True)
        if not any(re.search(known, line) for known in DOCUMENTED)
        and not any(f" {github_id}: body is " in line for github_id in clipped)
        and "were rejected" not in line
    ]


def inline(sandbox: Sandbox) -> list[dict[str, Any]]:
    export = sandbox.export(REPOSITORY)
    return [comment for line in export for comment in line["review_comments"]]


def test_every_row_is_stored_as_far_as_the_database_can_hold_it(
    whole: Rig, sandbox: Sandbox, production: Database, is_strict: bool
) -> None:
    assert undocumented(production, sandbox) == []
    if not is_strict:
        assert differences(production, sandbox.export(REPOSITORY), whole=True) == []
    assert production.value("select count(*) from backfill_rejects where sqlstate <> '22001'") == 0
    assert is_complete(whole)


def test_every_reply_names_its_parent(whole: Rig, production: Database) -> None:
    linked = production.rows("""
        select c.github_id, parent.github_id as parent from comments c
        join comments parent on parent.id = c.in_reply_to_id
    """)

    assert {row["github_id"]: row["parent"] for row in linked} == {
        comment["full_database_id"]: comment["reply_to_full_database_id"]
        for comment in inline(whole.sandbox)
        if comment["reply_to_full_database_id"]
    }
    assert len(linked) > 100


def test_a_comment_on_an_outdated_line_is_stored_where_it_was(
    whole: Rig, production: Database, is_strict: bool
) -> None:
    stored = production.rows("""
        select github_id, position, original_position, path from comments
        where comment_type = 'review_comment'
    """)
    by_id = {row["github_id"]: row for row in stored}
    outdated = [comment for comment in inline(whole.sandbox) if comment["position"] is None]

    assert len(outdated) > 100
    for comment in outdated:
        row = by_id[comment["full_database_id"]]
        assert row["position"] == (comment["original_position"] if is_strict else None)
        assert row["original_position"] == comment["original_position"]
        assert row["path"] == comment["path"]


def test_a_sync_brings_texts_that_the_database_may_have_to_clip(
    whole: Rig, sandbox: Sandbox, production: Database, is_strict: bool
) -> None:
    talked, reviewed = whole.longest("comments"), whole.longest("review_comments")
    for change, line, kind in (
        ("edit_comment", talked, "comments"),
        ("edit_review_comment", reviewed, "review_comments"),
    ):
        for place, body in enumerate(("", "x" * LONGER_THAN_ALLOWED)):
            item = line[kind][place]["full_database_id"]
            whole.change(change, number=line["number"], full_database_id=item, body=body)
    whole.change("add_review", number=reviewed["number"], body="y" * LONGER_THAN_ALLOWED)

    report = whole.serve(SYNC)

    assert not report.failed
    assert undocumented(production, sandbox) == []
    clipped = production.rows(
        "select kind, source ->> 'body' as body from backfill_rejects"
        " where kind <> 'pull_requests' order by kind"
    )
    kinds = ["comments", "review_comments", "reviews"] if is_strict else []
    assert [row["kind"] for row in clipped] == kinds
    assert {len(row["body"]) for row in clipped} <= {LONGER_THAN_ALLOWED}, "it is kept whole there"
    assert is_complete(whole)


def test_a_reconciliation_finds_nothing_and_the_next_capture_rewrites_nothing(
    whole: Rig, production: Database
) -> None:
    stamps = """
        select (select count(*) from backfill_rejects) as rejects,
          (select string_agg(xmin::text, ' ' order by id) from pull_requests) as pull_requests,
          (select string_agg(xmin::text, ' ' order by id) from reviews) as reviews,
          (select string_agg(xmin::text, ' ' order by id) from comments) as comments,
          (select string_agg(xmin::text, ' ' order by id) from contributors) as contributors
    """
    before = production.rows(stamps)

    reconcile(whole)
    whole.serve(SYNC)

    assert findings(whole) == set()
    assert production.rows(stamps) == before


def test_what_is_missing_is_found_and_mended(
    whole: Rig, sandbox: Sandbox, production: Database
) -> None:
    production.rows("delete from pull_requests where number % 10 = 0")
    production.rows("delete from reviews where github_id % 7 = 0")
    production.rows("delete from comments where github_id % 7 = 0")

    reconcile(whole)
    queued = queue(whole)
    report = whole.serve()

    assert min(queued) > 10
    assert not report.failed
    assert undocumented(production, sandbox) == []
    assert is_complete(whole)


def test_the_count_of_pull_requests_is_right_after_all_of_it(
    whole: Rig, production: Database, is_strict: bool
) -> None:
    """A trigger counts, in the one form; a row that is written again must not count again."""
    whole.serve(SYNC)
    production.rows("delete from pull_requests where number % 10 = 0")
    reconcile(whole)
    queue(whole)
    whole.serve()

    if not is_strict:
        assert production.value("select pull_request_count from repositories") == 300
    assert production.value("select count(*) from pull_requests") == 300
