"""Proxies and certificates, as the environment names them."""

import pytest

from contributor_backfill.domain.addresses import parse
from contributor_backfill.domain.errors import NotConfigured
from contributor_backfill.domain.network import network_of

GITHUB = "https://api.github.com/graphql"
PROXY = "http://proxy.example:3128"


def proxy(variables: dict[str, str], url: str = GITHUB) -> str | None:
    found = network_of(variables).proxy_for(parse(url))
    return None if found is None else found.url


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ({}, None),
        ({"HTTPS_PROXY": PROXY}, PROXY),
        ({"https_proxy": PROXY, "HTTPS_PROXY": "http://other:1"}, PROXY),
        ({"ALL_PROXY": PROXY}, PROXY),
        ({"HTTP_PROXY": PROXY}, None),
        ({"HTTPS_PROXY": "proxy.example:3128/"}, PROXY),
        ({"HTTPS_PROXY": "https://proxy.example"}, "https://proxy.example:443"),
        ({"HTTPS_PROXY": "http://[::1]:3128"}, "http://[::1]:3128"),
        (
            {"HTTPS_PROXY": "http://me:p%40ss@proxy.example:3128"},
            "http://me:p%40ss@proxy.example:3128",
        ),
        (
            {"HTTPS_PROXY": "http://me:p@ss#/@proxy.example:3128"},
            "http://me:p%40ss%23%2F@proxy.example:3128",
        ),
    ],
)
def test_what_leaves_the_machine_goes_through_the_proxy(
    variables: dict[str, str], found: str | None
) -> None:
    assert proxy(variables) == found


@pytest.mark.parametrize(
    ("url", "exceptions", "is_excepted"),
    [
        (GITHUB, "*", True),
        (GITHUB, "github.com", True),
        (GITHUB, ".github.com", True),
        (GITHUB, "*.github.com", True),
        (GITHUB, "hub.com", False),
        (GITHUB, "other.example, API.GitHub.com", True),
        (GITHUB, "api.github.com:443", True),
        (GITHUB, "api.github.com:8443", False),
        (GITHUB, "10.0.0.0/8,[::1]", False),
        ("https://10.2.3.4/api/v3", "10.0.0.0/8", True),
        ("https://11.2.3.4/api/v3", "10.0.0.0/8", False),
        ("https://10.2.3.4/api/v3", "10.2.3.4", True),
        ("https://[2001:db8::5]/api/v3", "2001:db8::/32", True),
        ("https://[2001:db8::5]/api/v3", "[2001:db8::5]", True),
        ("https://[2001:db8::5]:8443/x", "[2001:db8:0::5]:8443", True),
        ("https://[2001:db8::5]/api/v3", "[::1]", False),
    ],
)
def test_unless_no_proxy_names_the_host_its_domain_or_its_network(
    url: str, exceptions: str, is_excepted: bool
) -> None:
    assert (proxy({"HTTPS_PROXY": PROXY, "NO_PROXY": exceptions}, url) is None) is is_excepted


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "http://localhost/x", "https://[::1]/x"])
def test_what_stays_on_this_machine_goes_through_none(url: str) -> None:
    assert proxy({"HTTPS_PROXY": "socks5://nonsense", "ALL_PROXY": PROXY}, url) is None


@pytest.mark.parametrize(
    "value",
    [
        "socks5://me:planted@proxy.example:1080",
        "socks5h://proxy.example",
        "ftp://planted@proxy.example:1",
        "http://me:planted@proxy.example:99999",
        "http://me:planted@",
        "http://planted\u200b:1",
        "http://[planted:1",
        "planted value",
        "http://proxy.example:1/planted",
    ],
)
def test_a_proxy_that_cannot_be_used_is_named_by_its_variable(value: str) -> None:
    for name in ("HTTPS_PROXY", "all_proxy"):
        with pytest.raises(NotConfigured, match=name) as refused:
            proxy({name: value})

        assert "planted" not in str(refused.value)
