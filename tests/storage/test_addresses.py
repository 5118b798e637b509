"""Addresses on the web: read by one rule, and shown as host and port alone."""

import pytest

from contributor_backfill.domain.addresses import (
    API_URL,
    GRAPHQL_URL,
    github_urls,
    is_loopback,
    parse,
    supabase_url,
    web_address,
)
from contributor_backfill.domain.errors import NotConfigured

SECRET = "planted4711"


@pytest.mark.parametrize(
    ("host", "here"),
    [
        *[(host, True) for host in ("localhost", "LOCALHOST", "127.0.0.1", "127.9.8.7", "::1")],
        *[
            (host, False)
            for host in ("", "localhost.example", "10.0.0.1", "0.0.0.0", "::2", "127.0.0.1.example")
        ],
    ],
)
def test_this_machine_is_its_own_network_and_no_other(host: str, here: bool) -> None:
    assert is_loopback(host) is here


def test_an_address_is_shown_as_host_and_port() -> None:
    address = parse(f"https://hooks.example:8443/{SECRET}?x={SECRET}")

    assert str(address) == "hooks.example:8443"
    assert SECRET not in repr(address)
    assert address.url == f"https://hooks.example:8443/{SECRET}?x={SECRET}"
    assert str(parse("http://[::1]:80/x")) == "[::1]"


@pytest.mark.parametrize(
    "text",
    [
        f"https://{SECRET}@host.example",
        f"https://me:{SECRET}@host.example",
        f"https://host.example\\@{SECRET}.example",
        f"https://host.example:{SECRET}/",
        f"https://[{SECRET}/",
        f"https://ho st.example/{SECRET}",
        f"https://host.example/{SECRET}\nX: y",
        f"https://höst.example/{SECRET}",
        f"https://host.example/\u200b{SECRET}",
        f'"https://host.example/{SECRET}"',
        f"http://host.example/{SECRET}",
        f"ftp://host.example/{SECRET}",
        f"sb_secret_{SECRET}",
        f"https://-{SECRET}/",
        SECRET,
    ],
)
def test_what_is_no_safe_address_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(NotConfigured, match="THE_VARIABLE") as refused:
        web_address("THE_VARIABLE", text, "It looks like https://HOST.")

    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("end", ["", "/", "/rest/v1", "/rest/v1/"])
def test_a_project_is_found_by_the_address_of_its_api_too(end: str) -> None:
    assert supabase_url("SUPABASE_URL", f"https://x.supabase.co{end}") == "https://x.supabase.co"


@pytest.mark.parametrize(
    ("graphql", "api", "found"),
    [
        ("", "", (GRAPHQL_URL, API_URL)),
        ("", "https://api.github.com/", (GRAPHQL_URL, API_URL)),
        (GRAPHQL_URL, "", (GRAPHQL_URL, API_URL)),
        (
            "",
            "https://g.example/api/v3",
            ("https://g.example/api/graphql", "https://g.example/api/v3"),
        ),
        (
            "https://g.example/api/graphql/",
            "",
            ("https://g.example/api/graphql", "https://g.example/api/v3"),
        ),
        (
            "",
            "https://api.one.ghe.com",
            ("https://api.one.ghe.com/graphql", "https://api.one.ghe.com"),
        ),
        ("", "http://127.0.0.1:9", ("http://127.0.0.1:9/graphql", "http://127.0.0.1:9")),
        ("http://[::1]:9/graphql", "", ("http://[::1]:9/graphql", "http://[::1]:9")),
        (
            "http://127.0.0.1:1/graphql",
            "http://localhost:2",
            ("http://127.0.0.1:1/graphql", "http://localhost:2"),
        ),
    ],
)
def test_the_address_of_one_api_tells_the_other(
    graphql: str, api: str, found: tuple[str, str]
) -> None:
    assert github_urls(graphql, api) == found


@pytest.mark.parametrize(
    ("graphql", "api"),
    [
        ("https://g.example/graph", ""),
        ("", "https://g.example"),
        ("", "https://g.example/other"),
        ("", "https://github.com"),
        (GRAPHQL_URL, "https://g.example/api/v3"),
        ("https://g.example/api/graphql", "http://127.0.0.1:1"),
        ("http://g.example/api/graphql", ""),
    ],
)
def test_a_token_goes_to_no_github_that_was_only_guessed(graphql: str, api: str) -> None:
    with pytest.raises(NotConfigured, match="GITHUB_"):
        github_urls(graphql, api)
