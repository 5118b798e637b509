"""The address of a Postgres, in both forms of libpq, and in those of other tools.

libpq guesses where a password ends: of one with an `@` it takes the rest for the host, and prints
it. Here such an address is refused, and no error repeats a piece of what it was given.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from contributor_backfill.domain.addresses import PRINTABLE, QUOTES, is_loopback
from contributor_backfill.domain.errors import NotConfigured

PORT = "5432"
PROTECTED = ("require", "verify-ca", "verify-full")
UNPROTECTED = ("disable", "allow", "prefer")
# PostgreSQL's documentation, "Parameter Key Words". `service` would name another address.
_KEYWORDS = """
    application_name channel_binding client_encoding connect_timeout dbname
    fallback_application_name gssdelegation gssencmode gsslib host hostaddr keepalives
    keepalives_count keepalives_idle keepalives_interval krbsrvname load_balance_hosts options
    passfile password port replication require_auth requirepeer ssl_max_protocol_version
    ssl_min_protocol_version sslcert sslcertmode sslcompression sslcrl sslcrldir sslkey sslmode
    sslnegotiation sslpassword sslrootcert sslsni target_session_attrs tcp_user_timeout user
"""
KEYWORDS = frozenset(_KEYWORDS.split())
SCHEME = re.compile(r"(?:jdbc:)?postgres(?:ql)?(?:\+[a-z0-9]+)?://", re.IGNORECASE)
_ENCODED = r"%[0-9A-Fa-f]{2}"
_HOST = rf"(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9._~-]|{_ENCODED})*)(?::[0-9]*)?"
URI = re.compile(
    rf"(?:(?P<user>(?:[^:@/?#%\[\]]|{_ENCODED})*)(?::(?P<password>(?:[^:@/?#%\[\]]|{_ENCODED})*))?@)?"
    rf"(?P<hosts>{_HOST}(?:,{_HOST})*)"
    rf"(?:/(?P<dbname>(?:[^/?#@%]|{_ENCODED})*))?"
    rf"(?:\?(?P<query>(?:[^?#@%]|{_ENCODED})*))?"
)
HOST_AND_PORT = re.compile(r"(\[[^\]]*\]|[^:]*)(?::([0-9]*))?")
PAIR = re.compile(r"\s*([A-Za-z_]+)\s*=\s*('(?:[^'\\]|\\.)*'|(?:[^\s'\\]|\\.)*)(?=\s|$)")
DIRECT_HOST = re.compile(r"db\.([a-z0-9]+)\.supabase\.(?:co|in|net)")
NO_ADDRESS = (
    "DATABASE_URL is not an address of a Postgres, or its password holds a character that must be"
    " percent-encoded."
)
SHAPE = "It looks like postgresql://USER:PASSWORD@HOST:PORT/DATABASE."
ENCODE = (
    "Percent-encode what is special in the password: %40 for @, %2F for /, %23 for #, %3F for ?,"
    " %3A for :, %25 for %, %5B and %5D for brackets, %20 for a space."
)


@dataclass(frozen=True)
class DatabaseAddress:
    """The hosts of a Postgres and the login. As text it is the hosts and ports alone."""

    parameters: Mapping[str, str] = field(repr=False)

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """Each host that is tried, and its port. A folder of a socket begins with a slash."""
        hosts = self._list("host")
        addresses = self._list("hostaddr")
        found = [address or host for host, address in _paired(hosts, addresses)]
        ports = self._list("port")
        # libpq takes a single port for all hosts.
        ports = ports if len(ports) == len(found) else ports[:1] * len(found)
        return tuple((host, port or PORT) for host, port in zip(found, ports, strict=True))

    @property
    def names_place(self) -> bool:
        """Whether it says where the database is, and does not leave that to libpq."""
        return bool(self.parameters.get("host") or self.parameters.get("hostaddr"))

    @property
    def is_local(self) -> bool:
        """Whether every host is this machine: by a socket, or by its own network."""
        return all(_is_socket(host) or is_loopback(host) for host, _ in self.places)

    @property
    def supabase_project(self) -> str | None:
        """The project whose direct host this is; it answers over IPv6 alone."""
        found = (DIRECT_HOST.fullmatch(host.lower()) for host in self._list("host"))
        return next((match[1] for match in found if match), None)

    @property
    def conninfo(self) -> str:
        """The address for libpq, which leaves no host or port to its environment."""
        # An empty value keeps libpq from PGHOST, PGHOSTADDR and PGPORT.
        defaults = {"host": "", "hostaddr": "", "port": PORT}
        return " ".join(
            f"{name}={_quoted(value)}" for name, value in {**defaults, **self.parameters}.items()
        )

    def __str__(self) -> str:
        return ", ".join(
            f"socket in {host or 'the usual folder'}" if _is_socket(host) else _shown(host, port)
            for host, port in self.places
        )

    def _list(self, name: str) -> list[str]:
        return self.parameters.get(name, "").split(",")


def database_address(text: str, ssl_mode: str = "") -> DatabaseAddress:
    """Return the address that DATABASE_URL holds; it never sends a password unprotected.

    `ssl_mode` is libpq's own variable. Raises `NotConfigured`.
    """
    if "\n" in text or "\r" in text or not text.isascii():
        raise NotConfigured(
            "DATABASE_URL has a line break or a character that is not ASCII.", advice=ENCODE
        )
    scheme = SCHEME.match(text)
    found = _of_uri(text[scheme.end() :]) if scheme else _of_pairs(text)
    # A service is a section of a file on this machine: it may name any server.
    if "service" in found:
        raise NotConfigured(
            "DATABASE_URL names a service of libpq, which may be anywhere.",
            advice="Write its host, user and password into DATABASE_URL.",
        )
    known = {name: value for name, value in found.items() if name in KEYWORDS}
    # JDBC's way to ask for TLS.
    if found.get("ssl", "").lower() == "true":
        known.setdefault("sslmode", "require")
    return _protected(DatabaseAddress(_checked(known)), ssl_mode)


def _protected(address: DatabaseAddress, ssl_mode: str) -> DatabaseAddress:
    """Return the address with TLS required, unless everything stays on this machine."""
    own = address.parameters.get("sslmode", "")
    mode, name = (own, "The sslmode of DATABASE_URL") if own else (ssl_mode, "PGSSLMODE")
    if mode and mode not in {*PROTECTED, *UNPROTECTED}:
        raise NotConfigured(
            f"{name} is none that libpq knows.",
            advice=f"Set it to {', '.join(PROTECTED[:-1])} or {PROTECTED[-1]}.",
        )
    if mode in UNPROTECTED and not address.is_local:
        raise NotConfigured(
            f"{name} is {mode}, which would send the password to {address} unprotected.",
            advice="Leave it out, or set it to require, verify-ca or verify-full.",
        )
    if not mode and address.is_local:
        return address
    return DatabaseAddress({**address.parameters, "sslmode": mode or "require"})


def _of_uri(text: str) -> dict[str, str]:
    if "[YOUR-PASSWORD]" in text.upper():
        raise NotConfigured(
            "DATABASE_URL still holds [YOUR-PASSWORD].",
            advice="Put the database's password in its place, without the brackets.",
        )
    match = URI.fullmatch(text)
    if match is None or not PRINTABLE.fullmatch(text) or QUOTES & set(text):
        raise NotConfigured(NO_ADDRESS, advice=f"{ENCODE} {SHAPE}")
    hosts, ports = _hosts(match["hosts"])
    parts = {"user": match["user"], "password": match["password"], "dbname": match["dbname"]}
    found = {name: value for name, value in parts.items() if value}
    found |= {"host": hosts} if hosts.strip(",") else {}
    found |= {"port": ports} if ports.strip(",") else {}
    return {**_decoded(found), **_of_query(match["query"] or "")}


def _hosts(text: str) -> tuple[str, str]:
    """Return the hosts and the ports, with commas between them, as libpq takes them."""
    pairs = [HOST_AND_PORT.fullmatch(pair) for pair in text.split(",")]
    hosts = ",".join(pair[1].strip("[]") for pair in pairs if pair)
    return hosts, ",".join(pair[2] or "" for pair in pairs if pair)


def _of_query(text: str) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in text.split("&") if pair]
    if not all(is_pair for _, is_pair, _ in pairs):
        raise NotConfigured(NO_ADDRESS, advice=f"{ENCODE} {SHAPE}")
    return _decoded({name: value for name, _, value in pairs})


def _decoded(parts: Mapping[str, str]) -> dict[str, str]:
    try:
        return {name: unquote(value, errors="strict") for name, value in parts.items()}
    except UnicodeDecodeError:
        raise NotConfigured("DATABASE_URL is not encoded as UTF-8.", advice=ENCODE) from None


def _of_pairs(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    position = 0
    stripped = text.strip()
    while position < len(stripped):
        pair = PAIR.match(stripped, position)
        if pair is None:
            break
        value = pair[2]
        if value.startswith("'"):
            value = value[1:-1]
        found[pair[1]] = re.sub(r"\\(.)", r"\1", value)
        position = pair.end()
    if not found or position < len(stripped):
        advice = f"{SHAPE} Or host=… user=… password=…, with quotes around what has spaces."
        raise NotConfigured("DATABASE_URL is not an address of a Postgres.", advice=advice)
    return found


def _checked(parameters: dict[str, str]) -> dict[str, str]:
    if any("\0" in value for value in parameters.values()):
        raise NotConfigured("DATABASE_URL holds a zero byte.", advice=ENCODE)
    named = [parameters[name] for name in ("host", "hostaddr") if parameters.get(name)]
    counts = {len(names.split(",")) for names in named}
    ports = parameters.get("port", "").split(",")
    if len(counts) > 1 or (len(ports) > 1 and counts != {len(ports)}):
        raise NotConfigured("DATABASE_URL names more ports than hosts, or fewer.", advice=SHAPE)
    if not all(not port or (port.isdecimal() and 0 < int(port) < 65_536) for port in ports):
        raise NotConfigured("DATABASE_URL has a port that is none.", advice=SHAPE)
    return parameters


def _paired(hosts: list[str], addresses: list[str]) -> list[tuple[str, str]]:
    length = max(len(hosts), len(addresses))
    padded = [names + [""] * (length - len(names)) for names in (hosts, addresses)]
    return list(zip(*padded, strict=True))


def _is_socket(host: str) -> bool:
    return not host or host.startswith(("/", "@"))


def _shown(host: str, port: str) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
