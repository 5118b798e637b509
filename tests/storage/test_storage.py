"""Texts are kept as far as somebody chose, and it is settled whose choice counts."""

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.cli.options import HowMuch
from contributor_backfill.cli.settings import from_variables
from contributor_backfill.domain.errors import InvalidInput, NotConfigured
from contributor_backfill.domain.storage import Keep, Storage, Wish, Wishes, chosen, keep

FULL, NONE, SHORT = Keep(), Keep(0), Keep(500)
KEEPS = st.one_of(st.just(FULL), st.integers(0, 10**9 - 1).map(Keep))
WORDS = st.none() | KEEPS


@given(KEEPS)
def test_what_is_written_is_read_again(wanted: Keep) -> None:
    assert keep(str(wanted)) == wanted


@pytest.mark.parametrize(
    "text", ["", "some", "truncate", "truncate:", "truncate:0", "truncate:-1", "truncate:1e3", "5"]
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InvalidInput, match="truncate:500"):
        keep(text)
    with pytest.raises(click.BadParameter, match="truncate:500"):
        HowMuch()(text)


def test_an_option_may_be_written_in_any_case() -> None:
    assert HowMuch()(" None ") == NONE
    assert HowMuch()("TRUNCATE:500") == SHORT
    assert HowMuch()(SHORT) == SHORT


@given(WORDS, WORDS, WORDS)
def test_the_option_comes_first_then_the_repository_then_the_configuration(
    option: Keep | None, stored: Keep | None, configured: Keep | None
) -> None:
    found = chosen(option, stored, configured)

    if option is not None:
        assert found == option
    elif stored is not None:
        assert found == stored
    else:
        assert found == (configured or FULL)


def test_full_is_a_word_like_the_others() -> None:
    assert chosen(FULL, NONE, SHORT) == FULL
    assert chosen(None, FULL, NONE) == FULL


def test_bodies_and_diff_hunks_are_chosen_apart() -> None:
    wishes = Wishes(option=Wish(bodies=NONE), configured=Wish(SHORT, SHORT))

    assert wishes.storage(Wish(diff_hunks=FULL)) == Storage(NONE, FULL)
    assert wishes.storage(Wish()) == Storage(NONE, SHORT)
    assert Wishes().storage(Wish()).is_full


def test_the_configuration_is_read_from_two_variables() -> None:
    settings = from_variables(
        {
            "CONTRIBUTOR_BACKFILL_BODIES": " truncate:500\n",
            "CONTRIBUTOR_BACKFILL_DIFF_HUNKS": "none",
        }
    )

    assert settings.storage == Wish(SHORT, NONE)
    assert from_variables({"CONTRIBUTOR_BACKFILL_BODIES": " "}).storage == Wish()


@pytest.mark.parametrize("variable", ["BODIES", "DIFF_HUNKS"])
def test_a_variable_that_makes_no_sense_is_named(variable: str) -> None:
    with pytest.raises(NotConfigured, match=f"CONTRIBUTOR_BACKFILL_{variable}.*'all'"):
        from_variables({f"CONTRIBUTOR_BACKFILL_{variable}": "all"})


@given(st.text(), KEEPS)
def test_what_is_kept_is_the_beginning(text: str, wanted: Keep) -> None:
    found = wanted.of(text)

    assert found is None if wanted == NONE else text.startswith(found or "")
    assert wanted != FULL or found == text
