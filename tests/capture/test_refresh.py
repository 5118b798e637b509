"""A round of the refresh makes right what changed on GitHub without a move of any time."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.bounds import Stop
from contributor_backfill.domain.sources import Connection, SourceName, Wanted
from contributor_backfill.sandbox import RepositoryOptions, Sandbox, World
from contributor_backfill.sandbox.pull_requests.records import PullRequest
from contributor_backfill.sandbox.repositories import Repository
from tests.support.captures import DUE, REPOSITORY, Rig, rig
from tests.support.databases import Database, new_database
from tests.support.rewriting import each_object, rewriting
from tests.support.truth import differences

EVERYTHING = Wanted((*DUE.sources, SourceName.REFRESH, SourceName.REVIEW_COMMENT_REFRESH))
A_MONTH_PASSES = """
    update progressive_backfill_state set walk_started_at = walk_started_at - interval '31 days';
    update backfill_feeds set synced_at = synced_at - interval '31 days',
      watermark = case when feed = 'refresh' then watermark - interval '31 days' else watermark end
"""
A_QUARTER_PASSES = A_MONTH_PASSES.replace("31 days", "91 days")
Change = Callable[[PullRequest], PullRequest]


def first_review(pull: PullRequest, **values: Any) -> PullRequest:
    return replace(pull, reviews=(replace(pull.reviews[0], **values), *pull.reviews[1:]))


def first_comment(pull: PullRequest, **values: Any) -> PullRequest:
    return replace(pull, comments=(replace(pull.comments[0], **values), *pull.comments[1:]))


def first_inline(pull: PullRequest, **values: Any) -> PullRequest:
    thread, *others = pull.review_threads
    comments = (replace(thread.comments[0], **values), *thread.comments[1:])
    return replace(pull, review_threads=(replace(thread, comments=comments), *others))


def without_first_inline(pull: PullRequest) -> PullRequest:
    thread, *others = pull.review_threads
    rest = () if len(thread.comments) == 1 else (replace(thread, comments=thread.comments[1:]),)
    return replace(pull, review_threads=(*rest, *others))


def swapped_comment(pull: PullRequest) -> PullRequest:
    """One is deleted, and another is there in its place."""
    old = pull.comments[0]
    return first_comment(pull, database_id=old.database_id + 7, body="another one")


def swapped_review(pull: PullRequest) -> PullRequest:
    return first_review(pull, database_id=pull.reviews[0].database_id + 7, body="another one")


CHANGES: dict[str, Change] = {
    "title": lambda pull: replace(pull, title="Anew"),
    "body": lambda pull: replace(pull, body="Anew"),
    "body emptied": lambda pull: replace(pull, body=""),
    "base": lambda pull: replace(pull, base_ref_name="another-base"),
    "head": lambda pull: replace(pull, head_ref_name="another-head"),
    "draft": lambda pull: replace(pull, is_draft=not pull.is_draft),
    "assignee": lambda pull: replace(pull, assignee_ids=pull.assignee_ids[:0]),
    "state": lambda pull: replace(
        pull,
        state="CLOSED" if pull.state == "OPEN" else "OPEN",
        closed_at=pull.created_at if pull.state == "OPEN" else None,
        merged_at=None,
        merged_by_id=None,
    ),
    "statistics": lambda pull: replace(pull, additions=pull.additions + 5, deletions=1),
    "files and commits": lambda pull: replace(pull, changed_files=77, commits=9),
    "author gone": lambda pull: replace(pull, author_id=None),
    "text of a review": lambda pull: first_review(pull, body="Anew"),
    "state of a review": lambda pull: first_review(pull, state="DISMISSED"),
    "author of a review gone": lambda pull: first_review(pull, author_id=None),
    "a review deleted": lambda pull: replace(pull, reviews=pull.reviews[1:]),
    "a review deleted and one added": swapped_review,
    "text of a comment": lambda pull: first_comment(pull, body="Anew"),
    "author of a comment gone": lambda pull: first_comment(pull, author_id=None),
    "a comment deleted": lambda pull: replace(pull, comments=pull.comments[1:]),
    "a comment deleted and one added": swapped_comment,
    "text of a review comment": lambda pull: first_inline(pull, body="Anew"),
    "position of an outdated review comment": lambda pull: first_inline(
        pull, position=None, line=None
    ),
    "author of a review comment gone": lambda pull: first_inline(pull, author_id=None),
    "a review comment deleted": without_first_inline,
}
"""Each without a move of `updatedAt`, of the pull request or of the item."""


@pytest.fixture(scope="module", params=[None, "export"])
def whichever(request: pytest.FixtureRequest, postgres: str) -> Database:
    """A database of our own, and production's."""
    return new_database(postgres, variant=request.param, migrated=True)


@pytest.fixture
def database(whichever: Database) -> Database:
    whichever.empty()
    return whichever


@pytest.fixture
def captured(gateway: Gateway, database: Database) -> Iterator[Rig]:
    """A repository that is stored whole: captured once, and then its rows are brought back."""
    options = RepositoryOptions(pull_requests=260, oddity_every=0)
    with Sandbox(World.of([options])) as sandbox:
        work = rig(sandbox, gateway)
        if not database.bring_back("before_the_round"):
            work.track()
            work.run()
            work.serve()
            database.keep("before_the_round")
        yield work


def world_of(work: Rig) -> Repository:
    repository = work.sandbox.world.find(REPOSITORY)
    assert repository is not None
    return repository


def test_after_a_round_every_kind_of_change_is_right_row_by_row(
    captured: Rig, database: Database
) -> None:
    repository = world_of(captured)
    full = [p for p in repository.newest_first() if p.reviews and p.comments and p.review_threads]
    assert len(full) > len(CHANGES)
    for pull, change in zip(full, CHANGES.values(), strict=False):
        repository.put(change(pull))
    repository.remove(full[-1].number)
    database.rows(A_QUARTER_PASSES)

    captured.serve(EVERYTHING)
    captured.serve(DUE)

    assert differences(database, captured.sandbox.export(REPOSITORY), whole=True) == []
    marked = "select kind, count(*)::int as many from backfill_deletions group by kind"
    assert {row["kind"]: row["many"] for row in database.rows(marked)} == {
        "pull_requests": 1,
        "reviews": 2,
        "comments": 2,
        "review_comments": 1,
    }


def test_a_round_in_which_nothing_changed_writes_no_row(captured: Rig, database: Database) -> None:
    tables = ("contributors", "pull_requests", "reviews", "comments")
    written = " union all ".join(
        f"select '{table}' as name, array_agg(xmin::text order by id_) as rows from"
        f" (select xmin, ctid as id_ from {table}) t"
        for table in tables
    )
    captured.serve(EVERYTHING)
    before = database.rows(written)
    database.rows(A_QUARTER_PASSES)

    report = captured.serve(EVERYTHING)

    assert {turn.source for turn in report.turns} >= {
        SourceName.REFRESH,
        SourceName.REVIEW_COMMENT_REFRESH,
    }
    assert database.rows(written) == before


def test_a_round_begins_when_the_last_one_is_a_month_old_and_not_before(
    captured: Rig, database: Database
) -> None:
    wanted = Wanted((SourceName.REFRESH,))
    assert captured.serve(wanted).turns == ()
    database.rows(A_MONTH_PASSES)

    assert [turn.stop for turn in captured.serve(wanted).turns] == [Stop.COMPLETED]

    captured.serve(wanted)
    assert captured.serve(wanted).turns == (), "the round is at its end"


@pytest.mark.parametrize("whose", [None, REPOSITORY])
def test_no_round_begins_where_nobody_wants_one(
    whose: str | None, captured: Rig, database: Database
) -> None:
    database.rows(A_QUARTER_PASSES)

    captured.gateway.set_refresh(0, whose)

    assert (
        captured.serve(Wanted((SourceName.REFRESH, SourceName.REVIEW_COMMENT_REFRESH))).turns == ()
    )


def test_a_pull_request_that_lets_no_page_through_is_recorded_and_the_round_goes_on(
    captured: Rig, database: Database
) -> None:
    numbers = [pull.number for pull in world_of(captured).newest_first()]
    poison = numbers[137]
    captured.sandbox.add_fault({"kind": "poison", "when": {"number": poison}})
    database.rows(A_QUARTER_PASSES)

    report = captured.serve(Wanted((SourceName.REFRESH,)))

    assert [turn.stop for turn in report.turns] == [Stop.COMPLETED]
    assert report.failed, "what was passed over shows in the exit code"
    (reject,) = database.rows("select kind, sqlstate from backfill_rejects")
    assert reject == {"kind": "pull_requests", "sqlstate": "CB100"}
    assert database.value("select count(*) from pull_requests") == len(numbers)
    assert database.rows("select * from backfill_deletions") == []


@pytest.mark.parametrize("feed", [SourceName.REVIEW_COMMENT_REFRESH, SourceName.CONNECTIONS])
def test_a_review_comment_that_cannot_be_read_is_there_and_not_in_doubt(
    feed: SourceName, captured: Rig, database: Database
) -> None:
    pull = next(p for p in world_of(captured).newest_first() if p.review_threads)
    odd = pull.review_threads[0].comments[0].database_id

    def take_a_time(document: Any) -> None:
        each_object(document, lambda o: o.update(created_at=None) if o.get("id") == odd else None)

    if feed is SourceName.CONNECTIONS:
        wanted = Wanted((feed,), full_name=REPOSITORY, numbers=(pull.number,), forced=True)
        captured.gateway.want_connections(
            wanted.numbers, [Connection.REVIEW_COMMENTS], "by hand", full_name=REPOSITORY
        )
    else:
        database.rows(A_QUARTER_PASSES)
        wanted = Wanted((feed,))
    report = rewriting(captured, take_a_time).serve(wanted)

    assert [turn.stop for turn in report.turns] == [Stop.COMPLETED]
    (reject,) = database.rows("select kind, github_id from backfill_rejects")
    assert reject == {"kind": "review_comments", "github_id": odd}
    assert database.rows("select * from backfill_doubts") == []
