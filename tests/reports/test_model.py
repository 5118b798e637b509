"""Links and figures of the page: a hostile text leads nowhere, no figure says too much."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.domain.addresses import web_url
from contributor_backfill.reports.model import Cell, figure, on_host, share

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
def test_only_a_repositorys_name_leads_to_the_host(name: str) -> None:
    assert on_host("https://github.com", name) == Cell(name)


@pytest.mark.parametrize(
    ("graphql_url", "pulls"),
    [
        ("https://api.github.com/graphql", "https://github.com/a-b/c.d_e/pulls"),
        ("https://api.octo.ghe.com/graphql", "https://octo.ghe.com/a-b/c.d_e/pulls"),
        ("https://git.octo.test:8443/api/graphql", "https://git.octo.test:8443/a-b/c.d_e/pulls"),
        ("http://127.0.0.1:4000/graphql", None),
    ],
)
def test_links_lead_to_the_host_in_use(graphql_url: str, pulls: str | None) -> None:
    assert on_host(web_url(graphql_url), "a-b/c.d_e").address == pulls


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.integers(0, 2))
def test_a_part_is_a_hundred_percent_only_when_nothing_is_missing(
    stored: int, total: int, decimals: int
) -> None:
    stored = min(stored, total)

    text = share(stored / total, decimals)

    assert (float(text.removesuffix(" %")) == 100) == (stored == total)
    assert float(text.removesuffix(" %")) > 0


def test_what_is_not_known_is_a_dash_and_no_zero() -> None:
    assert figure(None) == share(None) == "\N{EN DASH}"
    assert (figure(0), share(0), figure(1234567)) == ("0", "0 %", "1,234,567")
