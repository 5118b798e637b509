"""Proxies and certificates on the way to other machines, as the environment names them.

Each library reads these variables in its own way, and a `.netrc` beside them. Here they are read
once, for all; what no library here can use is refused, with the variable's name and no password.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from contributor_backfill.domain.addresses import DEFAULT_PORTS, HOST_NAME, Address
from contributor_backfill.domain.errors import NotConfigured

PROXIES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
NO_PROXY = ("no_proxy", "NO_PROXY")
CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
PROXY = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?"
    r"(?:(?P<user>[^:]*)(?::(?P<password>.*))?@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:/?#@\[\]]+)(?::(?P<port>[0-9]{1,5}))?/?"
)


@dataclass(frozen=True)
class Proxy:
    """A proxy, and the variable that names it. Shown, it is the host and the port alone."""

    variable: str
    scheme: str
    host: str
    port: int
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def url(self) -> str:
        """The address for libraries, with user and password."""
        login = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}@"
        return f"{self.scheme}://{login if self.user else ''}{self}"

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Network:
    """The variables as they are set. Only a request that needs one finds fault with it."""

    proxy: tuple[str, str] = field(default=("", ""), repr=False)
    no_proxy: str = ""
    certificates: tuple[str, str] = ("", "")

    def proxy_for(self, address: Address) -> Proxy | None:
        """Return the proxy on the way to an address. Raises `NotConfigured` for one of no use.

        Nothing on this machine is asked for through a proxy, which would read what is sent.
        """
        name, value = self.proxy
        if not value or address.is_local or _is_excepted(address, self.no_proxy):
            return None
        return _proxy(name, value)


DIRECT = Network()


def network_of(variables: Mapping[str, str]) -> Network:
    """Return the network of the variables; lower case wins, as in other tools."""
    return Network(
        proxy=_first(variables, PROXIES),
        no_proxy=_first(variables, NO_PROXY)[1],
        certificates=_first(variables, CERTIFICATES),
    )


def proxy_fails(proxy: Proxy) -> NotConfigured:
    """Return the error of a proxy that does not let a request through."""
    return NotConfigured(
        f"The proxy of {proxy.variable} at {proxy} does not answer, or lets nothing through.",
        advice="Correct or unset the variable, or name the host in NO_PROXY.",
    )


def _proxy(name: str, value: str) -> Proxy:
    match = PROXY.fullmatch(value)
    scheme = (match["scheme"] or "http").lower() if match else ""
    if scheme.startswith("socks"):
        raise NotConfigured(
            f"{name} names a SOCKS proxy, which this tool cannot use.",
            advice="Name an HTTP proxy (http://HOST:PORT), or the host in NO_PROXY.",
        )
    port = int(match["port"] or DEFAULT_PORTS.get(scheme, 0)) if match else 0
    if match is None or scheme not in DEFAULT_PORTS or not 0 < port < 65_536:
        raise _no_proxy(name)
    host = match["host"].lower()
    if not value.isascii() or not (host.startswith("[") or HOST_NAME.fullmatch(host)):
        raise _no_proxy(name)
    user, password = (unquote(match[part] or "") for part in ("user", "password"))
    return Proxy(name, scheme, host, port, user, password)


def _no_proxy(name: str) -> NotConfigured:
    return NotConfigured(
        f"{name} is not the address of a proxy.",
        advice="It looks like http://HOST:PORT; percent-encode what is special in its password.",
    )


def _is_excepted(address: Address, no_proxy: str) -> bool:
    entries = re.split(r"[,\s]+", no_proxy.lower())
    return any(_matches(entry, address) for entry in entries if entry)


def _matches(entry: str, address: Address) -> bool:
    """Tell whether an entry of NO_PROXY is about an address: a host, a domain, or a network."""
    if entry == "*":
        return True
    if network := _network(entry):
        host = _ip(address.host)
        return host is not None and host in network
    # A host, an IPv6 address in brackets or a domain, with a port or without.
    match = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::([0-9]+))?", entry)
    if match is None or (match[2] and int(match[2]) != address.port):
        return False
    name = match[1].strip("[]")
    if ip := _ip(name):
        return ip == _ip(address.host)
    # `.example.com`, `*.example.com` and `example.com` all mean the domain and what is below it.
    domain = name.removeprefix("*").removeprefix(".")
    return bool(domain) and (address.host == domain or address.host.endswith(f".{domain}"))


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(re.sub(r"^\[(.*)\](/\d+)?$", r"\1\2", entry), strict=False)
    except ValueError:
        return None


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _first(variables: Mapping[str, str], names: tuple[str, ...]) -> tuple[str, str]:
    values = ((name, variables.get(name, "").strip()) for name in names)
    return next(((name, value) for name, value in values if value), ("", ""))
