"""The settings that are secret, and the passwords inside addresses."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

KEYS = (
    *("GITHUB_TOKEN", "GH_TOKEN", "GITHUB_WEBHOOK_SECRET"),
    *("SUPABASE_SERVICE_KEY", "SUPABASE_SERVICE_ROLE_KEY"),
    *("INNGEST_EVENT_KEY", "INNGEST_SIGNING_KEY", "PGPASSWORD", "PGSSLPASSWORD"),
    *("ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
)
"""Secret as a whole."""
NAMED_KEYS = ("GITHUB_TOKENS",)
"""NAME=KEY, several of them."""
SECRET_ADDRESSES = ("CONTRIBUTOR_BACKFILL_ALERT_WEBHOOK",)
"""Anybody who knows the address may post to it."""
ADDRESSES = (
    *("DATABASE_URL", "SUPABASE_URL", "VITE_SUPABASE_URL"),
    *("GITHUB_API_URL", "GITHUB_GRAPHQL_URL", "INNGEST_BASE_URL"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "FTP_PROXY"),
)
"""They may hold a password."""
SECRET_PARAMETER = re.compile(
    r"(?:.*[-_])?(?:password|passwd|pwd|token|key|apikey|secret|sig|signature)", re.IGNORECASE
)
CONNINFO_PASSWORD = re.compile(r"(?:ssl)?password\s*=\s*('(?:[^'\\]|\\.)*'|(?:[^\s\\]|\\.)+)")
SCHEME = re.compile(r"\s*[a-z][a-z0-9+.-]*://", re.IGNORECASE)
SPLITTERS = re.compile(r"[@/:?#\[\]]")
"""Characters at which libraries cut an address into its parts."""


@dataclass(frozen=True)
class Secret:
    """A secret text, and the public text around it, with which libraries print a part of it."""

    text: str
    before: str = ""
    after: str = ""
    pieces: tuple[str, ...] = ()
    """Parts that libraries take for the host or the port, where the text is not encoded."""
    is_name: bool = False
    """A user's name: secret unless it is an ordinary word, as `postgres` is."""


def secrets_of(variables: Mapping[str, str]) -> frozenset[Secret]:
    """Return the secrets in variables, whatever the case of their names (`https_proxy`)."""
    return frozenset(
        secret for name, value in variables.items() for secret in _secrets(name, value)
    )


def _secrets(name: str, value: str) -> Iterator[Secret]:
    known, value = name.upper(), value.strip()
    if not value:
        return
    if known in KEYS:
        yield from _lines(value)
    elif known in NAMED_KEYS:
        for entry in filter(None, re.split(r"[,\s]+", value)):
            yield from _lines(entry.partition("=")[2] or entry)
    elif known in SECRET_ADDRESSES:
        yield from _secret_address(value)
    elif known in ADDRESSES:
        yield from _in_address(value)


def _lines(value: str) -> Iterator[Secret]:
    # A key that was pasted with its neighbours is shown line by line, and each line is secret.
    for line in {value, *map(str.strip, value.splitlines())}:
        yield Secret(line)


def _secret_address(value: str) -> Iterator[Secret]:
    scheme = SCHEME.match(value)
    if scheme is None:
        yield from _lines(value)
        return
    host, slash, path = value[scheme.end() :].partition("/")
    yield Secret(path, before=f"{scheme.group()}{host}{slash}")
    yield from _in_address(value)


def _in_address(value: str) -> Iterator[Secret]:
    scheme = SCHEME.match(value)
    if scheme is None:
        # A key that was put here by mistake, or libpq's `host=… password=…`.
        passwords = CONNINFO_PASSWORD.findall(value)
        if not passwords and _is_key(value):
            yield from _lines(value)
        for password in passwords:
            plain = password[1:-1] if password.startswith("'") else password
            yield Secret(re.sub(r"\\(.)", r"\1", plain))
            yield Secret(plain)
        return
    rest = value[scheme.end() :]
    user_information, after = _user_information(rest)
    if user_information:
        yield from _of_user_information(user_information, after)
    # A plus in a key is a plus; `parse_qsl` would make a space of it, as of a form's.
    for name, text in parse_qsl(rest.partition("?")[2].replace("+", "%2B")):
        if SECRET_PARAMETER.fullmatch(name):
            yield Secret(text)


def _is_key(value: str) -> bool:
    """Tell whether it is rather a key, in the wrong variable, than a host or `host=… user=…`."""
    is_known = re.match(r"eyJ|sb_|gh[a-z]_|github_pat_", value)
    return bool(is_known) or not re.search(r"[.:/]|=.", value)


def _user_information(rest: str) -> tuple[str, str]:
    """Return what stands before the last `@` that can be the one before the host, and the rest.

    A password with `@`, `/`, `?` or `#` in it is meant to be encoded. One that is not is cut by
    each library at another place.
    """
    address, mark, _ = rest.partition("?")
    if mark and ("@" not in address or not re.match(r"\w+=", rest[len(address) + 1 :])):
        address = rest
    user_information, at, _ = address.rpartition("@")
    return user_information, rest[len(user_information) :] if at else ""


def _of_user_information(user_information: str, after: str) -> Iterator[Secret]:
    user, colon, password = user_information.partition(":")
    if not password:
        yield from (Secret(name) for name in {user, unquote(user)})
        return
    pieces = tuple(filter(None, SPLITTERS.split(password))) if SPLITTERS.search(password) else ()
    yield Secret(password, before=f"{user}{colon}", after=after, pieces=pieces)
    yield Secret(unquote(password), before=f"{unquote(user)}{colon}", after=after)
    yield from (Secret(name, is_name=True) for name in {user, unquote(user)})
