"""A page is cut into commits without losing anything."""

import json

from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.domain.harvest import split, weight
from contributor_backfill.domain.records import Captured, Continuation, Page
from tests.support.pages import comment, item, page, pull_request, review

texts = st.text(max_size=300)


@st.composite
def items(draw: st.DrawFn) -> Captured:
    of = pull_request(
        draw(st.integers(1, 10**6)),
        title=draw(texts),
        body=draw(st.none() | texts),
        head_branch=draw(texts),
        labels=draw(st.none() | st.lists(texts, max_size=4).map(tuple)),
    )
    comments = [
        comment(i, of, body=text) for i, text in enumerate(draw(st.lists(texts, max_size=4)))
    ]
    reviews = [review(i, of, body=text) for i, text in enumerate(draw(st.lists(texts, max_size=4)))]
    return item(of, comments=comments, reviews=reviews)


pages = st.builds(
    lambda found, more: page(*found, more=more), st.lists(items(), max_size=9), st.booleans()
)


@given(pages, st.integers(5_000, 20_000))
def test_nothing_is_lost_doubled_or_reordered(made: Page, byte_limit: int) -> None:
    batches = split(made, byte_limit)

    kept = [i.pull_request for batch in batches for i in batch.items]
    assert kept == [i.pull_request for i in made.items]
    assert batches[-1].has_next_page == made.has_next_page
    assert batches[-1].end_cursor == made.end_cursor
    assert all(batch.has_next_page for batch in batches[:-1])
    for batch in batches[:-1]:
        assert batch.end_cursor == batch.items[-1].cursor


@given(pages, st.integers(5_000, 20_000))
def test_a_commit_stays_below_the_limit_or_is_a_single_pull_request(
    made: Page, byte_limit: int
) -> None:
    for batch in split(made, byte_limit):
        assert len(batch.items) <= 1 or len(batch.harvest.document) <= byte_limit


@given(pages)
def test_a_commit_weighs_no_more_than_its_pull_requests(made: Page) -> None:
    (batch,) = split(made, 10**9)

    sent = len(json.dumps(batch.harvest.rows))
    assert sent <= sum(map(weight, made.items)) or not made.items


def test_control_characters_weigh_what_their_escapes_do() -> None:
    assert weight(item(pull_request(1, body="\x01" * 60_000))) > 6 * 60_000


def test_every_text_weighs_and_not_the_body_alone() -> None:
    long_ago = "\U0001f600" * 50
    labels = tuple(f"{long_ago}{n}" for n in range(100))

    assert weight(item(pull_request(1, labels=labels))) > 100 * 50 * 12


def test_a_giant_is_stored_without_its_lists_which_are_read_later() -> None:
    of = pull_request(1)
    giant = item(of, comments=[comment(i, of, body="x" * 60_000) for i in range(100)])

    (batch,) = split(page(giant))

    stored = batch.harvest.rows
    assert len(stored["pull_requests"]) == 1
    assert "comments" not in stored
    assert stored["continuations"] == [
        {
            "pull_request_github_id": of.github_id,
            "connection": "comments",
            "cursor": None,
            "seen_ids": (),
        }
    ]


def test_a_list_of_a_giant_that_was_queued_anyway_is_read_from_its_beginning() -> None:
    of = pull_request(1)
    queued = [
        Continuation(of.github_id, "comments", "middle"),
        Continuation(of.github_id, "labels", "end"),
    ]
    giant = item(of, comments=[comment(1, of, body="x" * 9_000)], continuations=queued)

    (batch,) = split(page(giant), 5_000)

    cursors = {c["connection"]: c["cursor"] for c in batch.harvest.rows["continuations"]}
    assert cursors == {"comments": None, "labels": "end"}


def test_an_empty_page_is_one_commit() -> None:
    (batch,) = split(page(more=False))

    assert (batch.items, batch.has_next_page) == ((), False)


def test_an_account_is_sent_once_a_commit() -> None:
    (batch,) = split(page(item(pull_request(1)), item(pull_request(2))))

    assert [row["username"] for row in batch.harvest.rows["contributors"]] == ["ada"]
