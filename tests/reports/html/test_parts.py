"""Links and figures of the page: a hostile text leads nowhere, no figure says too much."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.reports.html.parts import (
    LONGEST,
    Cell,
    beginning,
    number,
    repository,
    share,
)

RUN = "https://github.com/me/site/actions/runs/77/attempts/1"


def test_a_run_is_linked() -> None:
    assert Cell("run", RUN).address == RUN


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        " https://github.com/",
        "http://github.com/",
        'https://x.test/"onmouseover="alert(1)',
        "https://x.test/<script>",
        "data:text/html,x",
        "//x.test",
        "",
    ],
)
def test_what_a_browser_should_not_follow_is_no_link(link: str) -> None:
    assert Cell("run", link).address is None


@pytest.mark.parametrize("name", ["javascript:x/y", "a/b/c", "a/b?c", "a/<b>", "a", "a/b\n"])
def test_only_a_repositorys_name_leads_to_github(name: str) -> None:
    assert repository(name) == Cell(name)
    assert repository("a-b/c.d_e").address == "https://github.com/a-b/c.d_e/pulls"


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.integers(0, 2))
def test_a_part_is_a_hundred_percent_only_when_nothing_is_missing(
    stored: int, total: int, decimals: int
) -> None:
    stored = min(stored, total)

    text = share(stored / total, decimals).text

    assert (float(text.removesuffix(" %")) == 100) == (stored == total)
    assert float(text.removesuffix(" %")) > 0


def test_what_is_not_known_is_a_dash_and_no_zero() -> None:
    assert number(None).text == share(None).text == "\N{EN DASH}"
    assert (number(0).text, share(0).text, number(1234567).text) == ("0", "0 %", "1,234,567")


def test_a_long_text_is_cut_and_says_so() -> None:
    assert beginning("a" * LONGEST).text == "a" * LONGEST
    assert beginning("a" * 300).text == "a" * (LONGEST - 1) + "\N{HORIZONTAL ELLIPSIS}"
    assert beginning(None).text == ""
