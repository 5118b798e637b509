"""Every environment variable that this tool reads, in one place.

`.env` in the working directory is read too; real environment variables win.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from dotenv import dotenv_values

from contributor_backfill.domain.errors import InvalidInput, NotConfigured
from contributor_backfill.domain.price_settings import prices
from contributor_backfill.domain.prices import DEFAULT_PRICES, Prices
from contributor_backfill.domain.storage import UNSAID, Keep, Wish, keep

GRAPHQL_URL = "https://api.github.com/graphql"
API_URL = "https://api.github.com"
INNGEST_BASE_URL = "https://inn.gs"
INTERVAL_MINUTES = 30.0
"""How often the workflows are scheduled."""
DATABASE_LIMIT_MB = 500
"""What Supabase's free plan gives."""


class Store(StrEnum):
    """Where the data lives."""

    SUPABASE = "supabase"
    POSTGRES = "postgres"
    EMBEDDED = "embedded"


@dataclass(frozen=True)
class Settings:
    """The configuration of one command, as the environment gives it; empty means not set."""

    github_token: str = ""
    graphql_url: str = GRAPHQL_URL
    api_url: str = API_URL
    supabase_url: str = ""
    supabase_key: str = ""
    database_url: str = ""
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

    @property
    def names_store(self) -> bool:
        """Whether a store is configured; else it is the embedded one."""
        return bool(self.supabase_url or self.supabase_key or self.database_url)

    def run_minutes(self, asked: float) -> float:
        """Return how long a run may take: as asked, but no longer than its token lives."""
        return asked if self.token_minutes is None else min(asked, self.token_minutes)

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
        if not re.fullmatch(r"[!-~]+", self.github_token):
            # An HTTP header cannot carry it, and the error of whoever tries would show it.
            raise NotConfigured(
                "GITHUB_TOKEN has a space, a line break or a character that no token has.",
                advice="Copy it again, whole and alone.",
            )
        return self.github_token

    def prices(self) -> Prices:
        """Return the prices that hold: the defaults, and in their place those of the price file.

        Raises `NotConfigured` for a file that cannot be used.
        """
        if self.price_file is None:
            return DEFAULT_PRICES
        try:
            return prices(tomllib.loads(self.price_file.read_text(encoding="utf-8")))
        except (OSError, ValueError, RecursionError, InvalidInput) as error:
            raise NotConfigured(
                f"CONTRIBUTOR_BACKFILL_PRICES {str(self.price_file)!r} cannot be used: {error}"
            ) from error

    def _configured_store(self) -> Store:
        if self.supabase_url or self.supabase_key:
            return Store.SUPABASE
        return Store.POSTGRES if self.database_url else Store.EMBEDDED


def load(directory: Path | None = None) -> Settings:
    """Read the settings from the environment and from `.env` in `directory` (default: here)."""
    file = (directory or Path()) / ".env"
    try:
        written = dotenv_values(file) if file.is_file() else {}
    except (OSError, UnicodeDecodeError) as error:
        raise NotConfigured(f"{file.resolve()} cannot be read: {error}.") from error
    return from_variables({**{k: v or "" for k, v in written.items()}, **os.environ})


def from_variables(variables: Mapping[str, str]) -> Settings:
    """Return the settings that the variables stand for, stripped: keys are pasted with newlines."""

    def first(*names: str) -> str:
        return next((v for name in names if (v := variables.get(name, "").strip())), "")

    return Settings(
        github_token=first("GITHUB_TOKEN"),
        graphql_url=first("GITHUB_GRAPHQL_URL") or GRAPHQL_URL,
        api_url=first("GITHUB_API_URL") or API_URL,
        supabase_url=first("SUPABASE_URL", "VITE_SUPABASE_URL"),
        supabase_key=first("SUPABASE_SERVICE_KEY", "SUPABASE_SERVICE_ROLE_KEY"),
        database_url=first("DATABASE_URL"),
        home=_path(first("CONTRIBUTOR_BACKFILL_HOME")),
        postgres_binaries=_path(first("CONTRIBUTOR_BACKFILL_PG_BIN")),
        in_actions=first("GITHUB_ACTIONS").lower() == "true",
        storage=Wish(
            _keep("CONTRIBUTOR_BACKFILL_BODIES", first("CONTRIBUTOR_BACKFILL_BODIES")),
            _keep("CONTRIBUTOR_BACKFILL_DIFF_HUNKS", first("CONTRIBUTOR_BACKFILL_DIFF_HUNKS")),
        ),
        interval_minutes=_minutes(
            "CONTRIBUTOR_BACKFILL_INTERVAL_MINUTES", first("CONTRIBUTOR_BACKFILL_INTERVAL_MINUTES")
        )
        or INTERVAL_MINUTES,
        token_minutes=_minutes(
            "CONTRIBUTOR_BACKFILL_TOKEN_MINUTES", first("CONTRIBUTOR_BACKFILL_TOKEN_MINUTES")
        ),
        database_limit_mb=_megabytes(
            "CONTRIBUTOR_BACKFILL_DATABASE_LIMIT_MB",
            first("CONTRIBUTOR_BACKFILL_DATABASE_LIMIT_MB") or str(DATABASE_LIMIT_MB),
        ),
        alert_webhook=first("CONTRIBUTOR_BACKFILL_ALERT_WEBHOOK"),
        webhook_secret=first("GITHUB_WEBHOOK_SECRET"),
        price_file=_path(first("CONTRIBUTOR_BACKFILL_PRICES")),
        inngest_base_url=first("INNGEST_BASE_URL") or INNGEST_BASE_URL,
        inngest_event_key=first("INNGEST_EVENT_KEY"),
    )


def _path(value: str) -> Path | None:
    return Path(value).expanduser() if value else None


def _minutes(variable: str, value: str) -> float | None:
    if not value:
        return None
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


def _keep(variable: str, value: str) -> Keep | None:
    try:
        return keep(value) if value else None
    except InvalidInput as error:
        raise NotConfigured(f"{variable}: {error.message}", advice=error.advice) from error
