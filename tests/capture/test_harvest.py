"""The harvest of a step is cut into commits without losing anything."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.domain.harvest import ConnectionProgress, Harvest, Item, weight
from contributor_backfill.domain.records import Account
from tests.support.pages import ADA, DAY, comment, item, page, pull_request, review
from tests.support.sources import review_comment

OF = pull_request(7)
AUTHORS = tuple(Account(n, f"user-{n}", "User") for n in range(1, 6))


@st.composite
def items(draw: st.DrawFn) -> Item:
    github_id, body = draw(st.integers(1, 10**6)), draw(st.text(max_size=300))
    author = draw(st.sampled_from(AUTHORS))
    kind = draw(st.sampled_from(["review", "comment", "review comment"]))
    if kind == "review":
        return review(github_id, OF, author, body=body)
    if kind == "comment":
        return comment(github_id, OF, author, body=body)
    return review_comment(github_id, 7, author_github_id=author.github_id, body=body)


harvests = st.builds(
    lambda found: Harvest(
        accounts=AUTHORS, items=tuple(found), lists=(ConnectionProgress(1, "reviews", None),)
    ),
    st.lists(items(), max_size=12),
)


@given(harvests, st.integers(500, 2_000))
def test_nothing_is_lost_doubled_or_reordered(made: Harvest, byte_limit: int) -> None:
    slices = made.slices(byte_limit)

    assert tuple(i for piece in slices for i in piece.items) == made.items


@given(harvests, st.integers(500, 2_000))
def test_a_slice_stays_below_the_limit_or_is_a_single_item(made: Harvest, byte_limit: int) -> None:
    for piece in made.slices(byte_limit):
        assert len(piece.items) <= 1 or sum(map(weight, piece.items)) <= byte_limit


@given(harvests, st.integers(500, 2_000))
def test_only_the_last_slice_moves_anything_on_and_all_know_their_authors(
    made: Harvest, byte_limit: int
) -> None:
    *first, last = made.slices(byte_limit)

    assert all(piece == Harvest(accounts=piece.accounts, items=piece.items) for piece in first)
    assert last.lists == made.lists
    for piece in (*first, last):
        known = {account.github_id for account in piece.accounts}
        assert {i.author_github_id for i in piece.items} <= known


def test_an_account_is_sent_once_and_as_fully_as_it_is_known() -> None:
    brief = replace(ADA, display_name=None, is_brief=True)
    page_of_one = page(item(OF, ADA))

    before = Harvest(captured=page_of_one.items, accounts=(brief,))
    after = Harvest(captured=(item(OF, brief),), accounts=(ADA,))

    for made in (before, after):
        (row,) = made.rows["contributors"]
        assert (row["display_name"], row["is_brief"]) == ("Ada", False)


def test_kinds_without_a_row_are_left_out() -> None:
    made = Harvest(accounts=(ADA,), items=(review_comment(1, 7, created_at=DAY),))

    assert made.rows.keys() == {"contributors", "review_comments"}
    assert Harvest().rows == {}
