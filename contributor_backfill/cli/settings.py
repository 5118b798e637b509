"""Every environment variable that this tool reads, in one place, and each checked as it is read.

`.env` in the working directory is read too; real environment variables win.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from contributor_backfill.cli import env_file
from contributor_backfill.cli.output import warn_once
from contributor_backfill.cli.session import named_env_file
from contributor_backfill.db.schema import PUBLIC, checked_schema
from contributor_backfill.domain.addresses import (
    API_URL,
    COPY_AGAIN,
    GRAPHQL_URL,
    NOT_PLAIN,
    PRINTABLE,
    QUOTES,
    Unreadable,
    github_urls,
    parse,
    supabase_url,
    web_address,
)
from contributor_backfill.domain.database_address import database_address
from contributor_backfill.domain.errors import InvalidInput, NotConfigured
from contributor_backfill.domain.network import DIRECT, Network, network_of
from contributor_backfill.domain.redaction import learn
from contributor_backfill.domain.storage import UNSAID, Keep, Wish, keep

if TYPE_CHECKING:
    from contributor_backfill.domain.prices import Prices

T = TypeVar("T")
INNGEST_BASE_URL = "https://inn.gs"
INTERVAL_MINUTES = 30.0
"""How often the workflows are scheduled."""
DATABASE_LIMIT_MB = 500
"""The limit of Supabase's free plan."""
PHRASE = re.compile(r"[ -~]+")
TOKENS = "GITHUB_TOKENS"
SEPARATORS = re.compile(r"[,\s]+")
OWNER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38})")

OTHER_DATABASE = re.compile(
    r"(?!(?:jdbc:)?postgres)(?:[a-z][a-z0-9+.:-]*://|(?:file|sqlite):)", re.IGNORECASE
)
"""How the address of a database begins that is no Postgres."""

OUTSIDE = (
    "SUPABASE_URL",
    "VITE_SUPABASE_URL",
    "SUPABASE_SERVICE_KEY",
    "SUPABASE_SERVICE_ROLE_KEY",
    "DATABASE_URL",
    "INNGEST_EVENT_KEY",
    "CONTRIBUTOR_BACKFILL_ALERT_WEBHOOK",
)
"""Variables that lead to a database, a queue or people that a rehearsal must not reach.

An empty one counts as not set, and wins over `.env`."""


class Store(StrEnum):
    """Where the data lives."""

    SUPABASE = "supabase"
    POSTGRES = "postgres"
    EMBEDDED = "embedded"


@dataclass(frozen=True)
class Settings:
    """The configuration of one command, as the environment gives it; empty means not set."""

    github_token: str = field(default="", repr=False)
    github_tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By owner: what serves the owner's repositories in place of `github_token`."""
    graphql_url: str = GRAPHQL_URL
    api_url: str = API_URL
    supabase_url: str = ""
    supabase_key: str = field(default="", repr=False)
    database_url: str = field(default="", repr=False)
    ssl_mode: str = ""
    schema: str = PUBLIC
    home: Path | None = None
    postgres_binaries: Path | None = None
    in_actions: bool = False
    storage: Wish = UNSAID
    interval_minutes: float = INTERVAL_MINUTES
    token_minutes: float | None = None
    database_limit_mb: int = DATABASE_LIMIT_MB
    alert_webhook: str = field(default="", repr=False)
    webhook_secret: str = field(default="", repr=False)
    price_file: Path | None = None
    inngest_base_url: str = INNGEST_BASE_URL
    inngest_event_key: str = field(default="", repr=False)
    network: Network = DIRECT

    @property
    def names_store(self) -> bool:
        """Whether a store is configured; else it is the embedded one."""
        return bool(self.supabase_url or self.supabase_key or self.database_url)

    def store(self, asked: Store | None) -> Store:
        """Return where the data lives: as asked, else Supabase, Postgres, or the embedded server.

        Raises `NotConfigured` for what the choice needs and does not have.
        """
        chosen = asked or self._configured_store()
        if chosen is Store.SUPABASE and not (self.supabase_url and self.supabase_key):
            missing = "SUPABASE_SERVICE_KEY" if self.supabase_url else "SUPABASE_URL"
            raise NotConfigured(
                f"{missing} is not set.",
                advice="Find it in the Supabase dashboard under Project Settings, API.",
            )
        if chosen is Store.POSTGRES and not self.database_url:
            raise NotConfigured(
                "DATABASE_URL is not set.",
                advice="Set it to postgresql://USER:PASSWORD@HOST:PORT/DATABASE.",
            )
        if chosen is Store.EMBEDDED and self.in_actions:
            raise NotConfigured(
                "The embedded database would vanish with this runner.",
                advice="Set SUPABASE_URL and SUPABASE_SERVICE_KEY, or DATABASE_URL.",
            )
        return chosen

    def token(self) -> str:
        """Return GitHub's token. Raises `NotConfigured` when there is none."""
        if not self.github_token:
            raise NotConfigured(
                "GITHUB_TOKEN is not set.",
                advice="Put a token that may read pull requests into .env or the environment;"
                " `gh auth token` prints one.",
            )
        return self.github_token

    @property
    def has_local_github(self) -> bool:
        """Whether GitHub is on this machine, and so is none."""
        return any(_is_local(url) for url in (self.graphql_url, self.api_url))

    @property
    def github_hosts(self) -> str:
        """Return where GitHub's two APIs are: hosts and ports, and nothing else."""
        return ", ".join(dict.fromkeys(str(parse(url)) for url in (self.graphql_url, self.api_url)))

    def has_local_data(self, store: Store) -> bool:
        """Whether a store is on this machine."""
        if store is Store.SUPABASE:
            return _is_local(self.supabase_url)
        return store is Store.EMBEDDED or database_address(self.database_url).is_local

    def location(self, store: Store) -> str:
        """Return where a store is: host and port, and nothing else of its address."""
        if store is Store.SUPABASE:
            return str(parse(self.supabase_url))
        if store is Store.EMBEDDED:
            return "on this machine"
        return str(database_address(self.database_url, self.ssl_mode))

    def prices(self) -> "Prices":
        """Return the prices that hold: the defaults, and in their place those of the price file.

        Raises `NotConfigured` for a file that cannot be used.
        """
        from contributor_backfill.domain.prices import DEFAULT_PRICES, read_prices

        if self.price_file is None:
            return DEFAULT_PRICES
        import tomllib

        try:
            return read_prices(tomllib.loads(self.price_file.read_text(encoding="utf-8")))
        except (OSError, ValueError, RecursionError, InvalidInput) as error:
            raise NotConfigured(
                f"CONTRIBUTOR_BACKFILL_PRICES {str(self.price_file)!r} cannot be used: {error}"
            ) from error

    def _configured_store(self) -> Store:
        # Supabase first: many a site has a DATABASE_URL of its own beside it.
        if self.supabase_url or self.supabase_key:
            return Store.SUPABASE
        return Store.POSTGRES if self.database_url else Store.EMBEDDED


def load(directory: Path | None = None) -> Settings:
    """Read the settings from the environment and from `.env` in `directory` (default: here).

    `--env-file` names another file.

    Raises `NotConfigured` for what cannot be used, without showing it.
    """
    file = named_env_file() or (directory or Path()) / ".env"
    lines = env_file.read(file)
    values, ignored = env_file.believed(lines, os.environ)
    # First of all, because what follows may have to say that one of them cannot be used.
    learn({name: line.value for name, line in lines.items()})
    learn(os.environ)
    for name, secret in ignored.items():
        where = f"{file.resolve()}, line {lines[name].number}"
        warn_once(
            f"{where}: {name} is ignored, because {secret} comes from the environment and the file"
            " could get hold of it; set both in the environment, or both in the file."
        )
    return from_variables({**values, **os.environ})


def from_variables(variables: Mapping[str, str]) -> Settings:
    """Return the settings that the variables stand for, stripped: keys are pasted with newlines.

    Raises `NotConfigured` for what cannot be used, without showing it.
    """

    def first(*names: str) -> str:
        return _first(variables, names)[1]

    def read(name: str, parse: Callable[[str, str], T]) -> T | None:
        value = first(name)
        return parse(name, value) if value else None

    graphql_url, api_url = github_urls(first("GITHUB_GRAPHQL_URL"), first("GITHUB_API_URL"))
    name, address = _first(variables, ("SUPABASE_URL", "VITE_SUPABASE_URL"))
    # The address first: where it was swapped with the key, neither is shown.
    supabase_address = supabase_url(name, address) if address else ""
    supabase_key = _secret(variables, "SUPABASE_SERVICE_KEY", "SUPABASE_SERVICE_ROLE_KEY")
    limit = read("CONTRIBUTOR_BACKFILL_DATABASE_LIMIT_MB", _megabytes)
    return Settings(
        github_token=_secret(variables, "GITHUB_TOKEN"),
        github_tokens=_tokens_of_owners(_entries(variables, TOKENS)),
        graphql_url=graphql_url,
        api_url=api_url,
        supabase_url=supabase_address,
        supabase_key=supabase_key,
        database_url=_database_url(
            variables,
            first("DATABASE_URL"),
            # Where Supabase is complete, nobody is kept from it by another DATABASE_URL.
            is_needed=not (supabase_address and supabase_key),
        ),
        ssl_mode=first("PGSSLMODE"),
        schema=read("CONTRIBUTOR_BACKFILL_SCHEMA", _schema) or PUBLIC,
        home=read("CONTRIBUTOR_BACKFILL_HOME", _path),
        postgres_binaries=read("CONTRIBUTOR_BACKFILL_PG_BIN", _path),
        in_actions=first("GITHUB_ACTIONS").lower() == "true",
        storage=Wish(
            read("CONTRIBUTOR_BACKFILL_BODIES", _keep),
            read("CONTRIBUTOR_BACKFILL_DIFF_HUNKS", _keep),
        ),
        interval_minutes=read("CONTRIBUTOR_BACKFILL_INTERVAL_MINUTES", _minutes)
        or INTERVAL_MINUTES,
        token_minutes=read("CONTRIBUTOR_BACKFILL_TOKEN_MINUTES", _minutes),
        database_limit_mb=DATABASE_LIMIT_MB if limit is None else limit,
        alert_webhook=read("CONTRIBUTOR_BACKFILL_ALERT_WEBHOOK", _url) or "",
        webhook_secret=_phrase(variables, "GITHUB_WEBHOOK_SECRET"),
        price_file=read("CONTRIBUTOR_BACKFILL_PRICES", _path),
        inngest_base_url=read("INNGEST_BASE_URL", _url) or INNGEST_BASE_URL,
        inngest_event_key=_secret(variables, "INNGEST_EVENT_KEY"),
        network=network_of(variables),
    )


def _first(variables: Mapping[str, str], names: tuple[str, ...]) -> tuple[str, str]:
    """Return the first variable that is set, and its value; an empty one counts as not set.

    Only what is white in ASCII is stripped: anything else was pasted by accident, and is said.
    """
    values = ((name, variables.get(name, "").strip(" \t\r\n")) for name in names)
    return next(((name, value) for name, value in values if value), (names[0], ""))


def _tokens_of_owners(value: str) -> dict[str, str]:
    """Return the token of each owner. Raises `NotConfigured`, which shows none of them."""
    found: dict[str, str] = {}
    for number, entry in enumerate(filter(None, SEPARATORS.split(value)), 1):
        owner, _, token = entry.partition("=")
        if not OWNER.fullmatch(owner) or not token:
            raise NotConfigured(
                f"Entry {number} of {TOKENS} is not OWNER=TOKEN.",
                advice="Name the owner of the repositories that a token is for; the token for all"
                " others is GITHUB_TOKEN.",
            )
        # GitHub does not tell owners apart by case.
        if owner.lower() in map(str.lower, found):
            raise NotConfigured(f"{TOKENS} names {owner} twice.", advice="One token an owner.")
        found[owner] = token
    return found


def _entries(variables: Mapping[str, str], name: str) -> str:
    """Return several secrets, each of which a header can carry, with one space between them."""
    _, value = _first(variables, (name,))
    entries = [_secret({name: entry}, name) for entry in SEPARATORS.split(value)]
    return " ".join(entries)


def _secret(variables: Mapping[str, str], *names: str) -> str:
    """Return a key or a token, if a header can carry it: libraries show in errors what none can."""
    name, value = _first(variables, names)
    if value and (not PRINTABLE.fullmatch(value) or QUOTES & set(value)):
        raise NotConfigured(f"{name} {NOT_PLAIN}", advice=COPY_AGAIN)
    if re.match(r"(?:https?|postgres(?:ql)?)://", value):
        raise NotConfigured(
            f"{name} holds an address, not a secret.",
            advice="Was it swapped with the variable for the address?",
        )
    return value


def _phrase(variables: Mapping[str, str], variable: str) -> str:
    """Return a secret that no header carries: a person may have made it up, with spaces in it."""
    _, value = _first(variables, (variable,))
    if value and (not PHRASE.fullmatch(value) or {value[0], value[-1]} <= QUOTES):
        raise NotConfigured(
            f"{variable} stands in quotes, or has a line break or a character that is not ASCII.",
            advice=COPY_AGAIN,
        )
    return value


def _schema(variable: str, value: str) -> str:
    try:
        return checked_schema(value)
    except NotConfigured as error:
        raise NotConfigured(f"{variable}: {error.message}", advice=error.advice) from error


def _url(name: str, value: str) -> str:
    """Return an address that documents are posted to; it is a secret, or goes with one."""
    return web_address(name, value, "It looks like https://HOST/….").url


def _database_url(variables: Mapping[str, str], value: str, *, is_needed: bool) -> str:
    """Return DATABASE_URL as it was given: it alone says where the database is.

    Many a site has one of another kind of database; it matters only where it is the store.
    """
    if value and not is_needed and OTHER_DATABASE.match(value):
        warn_once(
            "DATABASE_URL is ignored: it is the address of another kind of database than Postgres,"
            " and the data goes to Supabase."
        )
        return ""
    if not value:
        return ""
    address = database_address(value, _first(variables, ("PGSSLMODE",))[1])
    name, host = _first(variables, ("PGHOST", "PGHOSTADDR", "PGSERVICE"))
    if host and not address.names_place:
        raise NotConfigured(
            f"DATABASE_URL names no host, and {name} is not read.",
            advice="Write the host into DATABASE_URL, /tmp for a socket in that folder.",
        )
    return value


def _is_local(url: str) -> bool:
    try:
        return parse(url).is_local
    except Unreadable:
        return False


def _path(variable: str, value: str) -> Path:
    try:
        return Path(value).expanduser()
    except RuntimeError:
        raise NotConfigured(
            f"{variable} {value!r} cannot be found: that user has no home directory here.",
            advice="Write the path in full.",
        ) from None


def _minutes(variable: str, value: str) -> float:
    if not re.fullmatch(r"\d{1,6}(\.\d+)?", value) or float(value) == 0:
        raise NotConfigured(
            f"{variable} {value!r} is not a number of minutes.",
            advice="Set it to a number like 30.",
        )
    return float(value)


def _megabytes(variable: str, value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", value):
        raise NotConfigured(
            f"{variable} {value!r} is not a number of megabytes.",
            advice="Set it to a whole number like 8000, or to 0 for no limit.",
        )
    return int(value)


def _keep(variable: str, value: str) -> Keep:
    try:
        return keep(value)
    except InvalidInput as error:
        raise NotConfigured(f"{variable}: {error.message}", advice=error.advice) from error
