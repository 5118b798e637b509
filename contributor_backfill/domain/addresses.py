"""Addresses on the web that a person configured: read by one rule, and never shown whole.

No error here repeats what it was given: a key pasted into the wrong variable is a secret too.
"""

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from contributor_backfill.domain.errors import NotConfigured

GRAPHQL_URL = "https://api.github.com/graphql"
API_URL = "https://api.github.com"
DEFAULT_PORTS = {"http": 80, "https": 443}
HOST_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_.])?")
PRINTABLE = re.compile(r"[!-~]+")
QUOTES = frozenset("\"'`")
NOT_PLAIN = "has a space, a quote, a line break or a character that it cannot have."
COPY_AGAIN = "Copy it again, whole and alone."


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine: `localhost`, 127.0.0.0/8 or ::1."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class Address:
    """An address on the web. As text it is the host and the port alone: the path may be secret."""

    scheme: str
    host: str
    port: int
    path: str = field(repr=False)

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine."""
        return is_loopback(self.host)

    @property
    def url(self) -> str:
        """The address with its path, which may be a secret."""
        return f"{self.scheme}://{self._authority}{self.path}"

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: what a redirect must not leave."""
        return self.scheme, self.host, self.port

    def at(self, path: str) -> "Address":
        """Return another path of the same place."""
        return Address(self.scheme, self.host, self.port, path)

    def __str__(self) -> str:
        return self._authority

    @property
    def _authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


class Unreadable(ValueError):
    """A text is no address; the reason repeats nothing of it."""


def parse(text: str) -> Address:
    """Return the address that a text is. Raises `Unreadable`, which repeats nothing of the text."""
    if not PRINTABLE.fullmatch(text) or QUOTES & set(text):
        raise Unreadable(NOT_PLAIN)
    try:
        parts = urlsplit(text)
        # `port` is read here because a bad one raises only when it is read.
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise Unreadable("is not an address.") from None
    if parts.scheme not in DEFAULT_PORTS or not parts.netloc:
        raise Unreadable("is not an address.")
    if "@" in parts.netloc:
        raise Unreadable("holds a user name or a password; write it without them.")
    port = DEFAULT_PORTS[parts.scheme] if port is None else port
    if not _is_host(host) or port == 0:
        raise Unreadable("is not an address.")
    query = f"?{parts.query}" if parts.query else ""
    return Address(parts.scheme, host, port, f"{parts.path}{query}")


def web_address(variable: str, text: str, advice: str) -> Address:
    """Return the address in a variable, by https or on this machine. Raises `NotConfigured`."""
    try:
        address = parse(text)
    except Unreadable as error:
        raise NotConfigured(f"{variable} {error}", advice=advice) from None
    if address.scheme == "http" and not address.is_local:
        raise NotConfigured(
            f"{variable} begins with http://, which would send its secret unprotected.",
            advice="Use https://; http:// is for this machine alone.",
        )
    return address


def supabase_url(variable: str, text: str) -> str:
    """Return the address of a Supabase project, without the path of its API."""
    advice = "It looks like https://PROJECT.supabase.co."
    # The two kinds of Supabase's keys: a JWT, and the newer ones.
    if text.startswith(("eyJ", "sb_")):
        raise NotConfigured(f"{variable} holds a key, not an address.", advice=advice)
    address = web_address(variable, text, advice)
    path = address.path.rstrip("/").removesuffix("/rest/v1").rstrip("/")
    if "?" in path or address.host == "supabase.com":
        raise NotConfigured(f"{variable} is not the address of a project's API.", advice=advice)
    return address.at(path).url


def github_urls(graphql: str, api: str) -> tuple[str, str]:
    """Return where GitHub's two APIs are: GraphQL's and REST's, the one from the other if need be.

    Nobody's token may go to github.com because only the address of an Enterprise Server's other
    API was set. Raises `NotConfigured`.
    """
    if not graphql and not api:
        return GRAPHQL_URL, API_URL
    at_graphql = _github_address("GITHUB_GRAPHQL_URL", graphql) if graphql else None
    at_api = _github_address("GITHUB_API_URL", api) if api else None
    if at_graphql is None and at_api is not None:
        at_graphql = _other("GITHUB_API_URL", at_api, {"/api/v3": "/api/graphql", "": "/graphql"})
    elif at_api is None and at_graphql is not None:
        paths = {"/api/graphql": "/api/v3", "/graphql": ""}
        at_api = _other("GITHUB_GRAPHQL_URL", at_graphql, paths)
    # Neither is empty here: both were given, or the one came from the other.
    assert at_graphql is not None
    assert at_api is not None
    if at_graphql.host != at_api.host and not (at_graphql.is_local and at_api.is_local):
        raise NotConfigured(
            f"GITHUB_GRAPHQL_URL and GITHUB_API_URL name different hosts, {at_graphql} and"
            f" {at_api}.",
            advice="Set both to the same GitHub, or only one of them.",
        )
    return at_graphql.url, at_api.url


def web_url(graphql_url: str) -> str:
    """Return the address of the website behind an API: github.com, or the Enterprise host."""
    address = parse(graphql_url)
    host = address.host.removeprefix("api.")
    return Address(address.scheme, host, address.port, "").url


def _github_address(variable: str, text: str) -> Address:
    example = "api/graphql" if variable == "GITHUB_GRAPHQL_URL" else "api/v3"
    advice = f"Leave it out for github.com; else it looks like https://HOST/{example}."
    address = web_address(variable, text, advice)
    if "?" in address.path or address.host in {"github.com", "www.github.com"}:
        raise NotConfigured(f"{variable} is not the address of an API.", advice=advice)
    return address.at(address.path.rstrip("/"))


def _other(variable: str, address: Address, paths: dict[str, str]) -> Address:
    """Return the address of the other API, by the forms that github.com and Enterprise have."""
    missing = "GITHUB_GRAPHQL_URL" if variable == "GITHUB_API_URL" else "GITHUB_API_URL"
    path = paths.get(address.path)
    is_bare = path in {"", "/graphql"}
    if path is None or (is_bare and not (address.is_local or address.host.startswith("api."))):
        raise NotConfigured(
            f"{variable} is set and {missing} is not, and cannot be told from it.",
            advice=f"Set {missing} too, to the same GitHub.",
        )
    return address.at(path)


def _is_host(host: str) -> bool:
    if HOST_NAME.fullmatch(host):
        return True
    try:
        return ipaddress.ip_address(host).version == 6  # brackets hold nothing else
    except ValueError:
        return False
