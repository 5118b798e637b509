"""A page is cut into commits without losing anything."""

import json

from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.domain.batching import rows, split, weight
from contributor_backfill.domain.records import Captured, Page
from tests.support.pages import comment, item, page, pull_request, review

texts = st.text(max_size=300)


@st.composite
def items(draw: st.DrawFn) -> Captured:
    of = pull_request(draw(st.integers(1, 10**6)), body=draw(texts))
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
        assert len(batch.items) <= 1 or sum(map(weight, batch.items)) <= byte_limit


@given(items())
def test_the_estimate_is_not_below_what_is_sent(found: Captured) -> None:
    sent = json.dumps(rows(split(page(found), 10**9)[0]))

    assert weight(found) >= len(sent) - len(json.dumps(rows(split(page(), 10)[0])))


def test_control_characters_weigh_what_their_escapes_do() -> None:
    assert weight(item(pull_request(1, body="\x01" * 60_000))) > 6 * 60_000


def test_a_giant_is_stored_without_its_lists_which_are_read_later() -> None:
    of = pull_request(1)
    giant = item(of, comments=[comment(i, of, body="x" * 60_000) for i in range(100)])

    (batch,) = split(page(giant))

    stored = rows(batch)
    assert len(stored["pull_requests"]) == 1
    assert stored["comments"] == []
    assert stored["continuations"] == [
        {"pull_request_github_id": of.github_id, "connection": "comments", "cursor": None}
    ]


def test_an_empty_page_is_one_commit() -> None:
    (batch,) = split(page(more=False))

    assert (batch.items, batch.has_next_page) == ((), False)


def test_an_account_is_sent_once_a_commit() -> None:
    (batch,) = split(page(item(pull_request(1)), item(pull_request(2))))

    assert [row["username"] for row in rows(batch)["contributors"]] == ["ada"]
