"""Options that several commands share."""

import math
import os
import re
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast
from uuid import UUID

import click

from contributor_backfill.cli.output import echo
from contributor_backfill.cli.session import ENV_FILE, QUIET, Session
from contributor_backfill.cli.settings import Store
from contributor_backfill.domain.errors import InvalidInput
from contributor_backfill.domain.storage import Keep, keep
from contributor_backfill.domain.types import RepositoryId

ENVIRONMENT = "CONTRIBUTOR_BACKFILL_"
"""Options that a workflow's inputs set are read from variables too; an empty one is not given."""

Command = TypeVar("Command", bound=Callable[..., Any])
T = TypeVar("T")
FULL_NAME = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
ADDRESS = re.compile(
    r"(?:(?:https?|ssh|git)://(?:[^@/]*@)?(?P<host>[^/:]+)(?::\d+)?/"  # https://github.com/…
    r"|(?:[^@/]+@)(?P<shell>[^:/]+):"  # git@github.com:…
    r"|(?P<bare>(?:www\.)?github\.com)/)"
    r"(?P<path>[^?#]*)(?:[?#].*)?"
)
GITHUB = ("github.com", "www.github.com")
ENDPOINTS = ("GITHUB_SERVER_URL", "GITHUB_API_URL", "GITHUB_GRAPHQL_URL")
"""Where a GitHub of one's own is named; its host counts as GitHub too."""


class Written(click.ParamType[T]):
    """A value that is written as a text; an error of `_read` is a wrong use of the option."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> T:
        """Return the value, or end with a usage error."""
        if not isinstance(value, str):
            return cast("T", value)  # a default
        try:
            return self._read(value.strip())
        except (ValueError, InvalidInput) as error:
            self.fail(str(error), param, ctx)

    def _read(self, text: str) -> T:
        raise NotImplementedError


class FullName(Written[str]):
    """OWNER/NAME, or the repository's address on GitHub."""

    name = "OWNER/NAME"
    pattern = FULL_NAME

    def _read(self, text: str) -> str:
        return _full_name(text, self.pattern)


def _full_name(text: str, pattern: re.Pattern[str] = FULL_NAME) -> str:
    full_name = _without_address(text)
    if not pattern.fullmatch(full_name):
        raise ValueError(f"{text!r} is not of the form OWNER/NAME, such as pallets/click.")
    return full_name


def _without_address(text: str) -> str:
    """Return what an address of GitHub says after its host; any other text is as it is."""
    address = ADDRESS.fullmatch(text)
    if address is None:
        return text.removesuffix("/").removesuffix(".git")
    # A name on another host would be tracked as a repository of GitHub's.
    host = (address["host"] or address["shell"] or address["bare"]).lower()
    if host not in {*GITHUB, *_own_hosts()}:
        raise ValueError(f"{text!r} is at {host}, which is not GitHub.")
    # A page of the repository, such as /pulls, stands for it.
    return "/".join(address["path"].split("/")[:2]).removesuffix(".git")


def _own_hosts() -> set[str]:
    addresses = (ADDRESS.match(os.environ.get(name, "").strip()) for name in ENDPOINTS)
    return {found["host"].lower() for found in addresses if found and found["host"]}


class FullNames(Written[tuple[str, ...]]):
    """Several of OWNER/NAME, with commas between them."""

    name = "OWNER/NAME,…"

    def _read(self, text: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_full_name(part.strip()) for part in text.split(",")))


class Uuid(Written[RepositoryId]):
    """The UUID of a row."""

    name = "UUID"

    def _read(self, text: str) -> RepositoryId:
        try:
            return RepositoryId(str(UUID(text)))
        except ValueError:
            raise ValueError(f"{text!r} is not a UUID.") from None


class WorkflowFile(Written[str]):
    """The file of a workflow, without its directory."""

    name = "FILE"

    def _read(self, text: str) -> str:
        if not re.fullmatch(r"[\w.-]+\.ya?ml", text):
            raise ValueError(f"{text!r} is not a file such as progressive-backfill.yml.")
        return text


class HowMuch(Written[Keep]):
    """How much of a text is kept."""

    name = "full|truncate:N|none"

    def _read(self, text: str) -> Keep:
        return keep(text.lower())


def storage_options(command: Command) -> Command:
    """Add `--bodies` and `--diff-hunks`, which are None where they are not given."""
    command = click.option(
        "--diff-hunks",
        type=HowMuch(),
        metavar=HowMuch.name,
        help="How much to keep of the diff above each review comment.",
    )(command)
    return click.option(
        "--bodies",
        type=HowMuch(),
        metavar=HowMuch.name,
        help="How much to keep of the text of pull requests, reviews and comments; N is characters."
        " Default: as the repository was tracked, then CONTRIBUTOR_BACKFILL_BODIES, then full.",
    )(command)


SANDBOX_DATA = "contributor_backfill.allow_sandbox_data"


def sandbox_data_option(command: Command) -> Command:
    """Add `--allow-sandbox-data`, for `sandbox_data_is_allowed` to ask about."""
    return click.option(
        "--allow-sandbox-data",
        is_flag=True,
        expose_value=False,
        callback=_allow_sandbox_data,
        help="Let a GitHub on this machine write into a database that is elsewhere.",
    )(command)


def sandbox_data_is_allowed() -> bool:
    """Tell whether the present command was given `--allow-sandbox-data`, before or after it."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(SANDBOX_DATA))


def _allow_sandbox_data(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        context.meta[SANDBOX_DATA] = True


def store_option(command: Command) -> Command:
    """Add `--store`, and the option that goes with it."""
    command = sandbox_data_option(command)
    return click.option(
        "--store",
        type=click.Choice(Store, case_sensitive=False),
        help="Where the data lives. Default: Supabase if SUPABASE_URL is set, then DATABASE_URL,"
        " then the embedded Postgres.",
    )(command)


def watch_options(command: Command) -> Command:
    """Add `--watch` and `--interval`."""
    command = click.option(
        "--interval",
        type=click.FloatRange(min=1),
        default=10.0,
        show_default=True,
        metavar="SECONDS",
        help="How often --watch looks again.",
    )(command)
    return click.option("--watch", "watches", is_flag=True, help="Show it live, until Ctrl-C.")(
        command
    )


def need_terminal() -> None:
    """End with a usage error where there is nothing to watch on."""
    if not sys.stdout.isatty():
        raise click.UsageError("--watch needs a terminal, and the output is none. Leave it out.")


def repository_options(command: Command) -> Command:
    """Add `--repository` and `--repository-id`, of which one may be given."""

    @wraps(command)
    def with_one(**given: Any) -> None:
        if given["repository"] and given["repository_id"]:
            raise click.UsageError("Give --repository or --repository-id, not both.")
        command(**given)

    made = click.option(
        "--repository-id",
        type=Uuid(),
        envvar=f"{ENVIRONMENT}REPOSITORY_ID",
        help="The same by its id in `repositories`.",
    )(with_one)
    return cast(
        "Command",
        click.option(
            "--repository",
            type=FullName(),
            envvar=f"{ENVIRONMENT}REPOSITORY",
            help="Only this repository.",
        )(made),
    )


refresh_days_option = click.option(
    "--refresh-days",
    type=click.IntRange(min=0, max=3_650),
    envvar=f"{ENVIRONMENT}REFRESH_DAYS",
    help="Read pull requests of the last year again within this many days, older ones within three"
    " times as many; 0: never. Remembered, for the named repository or for all."
    " Default: 30.",
)


chunk_size_option = click.option(
    "--chunk-size",
    envvar=f"{ENVIRONMENT}CHUNK_SIZE",
    type=click.IntRange(1, 100),
    help="Fix the number of pull requests a page. Default: what was measured to work best.",
)
reserve_option = click.option(
    "--reserve",
    type=click.IntRange(min=0),
    metavar="POINTS",
    help="Leave this many points of GitHub's hourly quota to others."
    " Default: a fifth of the limit, at least 50.",
)


LONGEST_MINUTES = 7 * 24 * 60
LONGEST_DAYS = 100 * 366


class Span(click.FloatRange):
    """A length of time above zero, up to the longest that makes sense."""

    def __init__(self, longest: float) -> None:
        super().__init__(min=0, min_open=True, max=longest)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number, or end with a usage error, also for what is no number at all."""
        number = float(super().convert(value, param, ctx))
        # No comparison finds `nan` out of range.
        if math.isnan(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


def max_minutes_option(command: Command) -> Command:
    """Add `--max-minutes`."""
    return click.option(
        "--max-minutes",
        envvar=f"{ENVIRONMENT}MAX_MINUTES",
        type=Span(LONGEST_MINUTES),
        default=5,
        show_default=True,
        help="Stop before this much time has passed.",
    )(command)


def job_option(command: Command) -> Command:
    """Add `--job-id`."""
    return click.option(
        "--job-id",
        type=Uuid(),
        envvar=f"{ENVIRONMENT}JOB_ID",
        help="The row of progressive_capture_jobs that this run is for: its status follows.",
    )(command)


class Numbers(Written[tuple[int, ...]]):
    """Numbers of pull requests, with commas between them."""

    name = "1,2,3"

    def _read(self, text: str) -> tuple[int, ...]:
        numbers = [number.strip().lstrip("#") for number in text.split(",")]
        # GitHub's numbers are integers of 32 bits, and so are the columns.
        for number in numbers:
            if not (number.isascii() and number.isdecimal() and 0 < int(number) < 2**31):
                raise ValueError(f"{number!r} is not the number of a pull request.")
        return tuple(dict.fromkeys(map(int, numbers)))


json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON.")
dry_run_option = click.option(
    "--dry-run",
    "dry_run_",
    is_flag=True,
    envvar=f"{ENVIRONMENT}DRY_RUN",
    help="Write nothing; say what would be done and what it would cost.",
)


VERBOSITY = "contributor_backfill.verbosity"
EACH_CALL = 2
"""How many -v show each request and database call."""


def common_options() -> list[click.Option]:
    """Return the options anew, for one command."""
    return [
        click.Option(
            ["-v", "--verbose"],
            count=True,
            expose_value=False,
            callback=_keep_verbosity,
            help="Say where an error came from; -vv: each request and database call as well.",
        ),
        click.Option(
            ["-q", "--quiet"],
            is_flag=True,
            expose_value=False,
            callback=_keeper(QUIET),
            help="Leave out progress and hints.",
        ),
        click.Option(
            ["--env-file"],
            type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path),
            expose_value=False,
            callback=_keeper(ENV_FILE),
            metavar="FILE",
            help="Read variables from this file instead of .env.",
        ),
    ]


def _keep_verbosity(context: click.Context, _: click.Parameter, value: int) -> None:
    before = context.meta.get(VERBOSITY, 0)
    context.meta[VERBOSITY] = max(value, before)
    if kept := context.find_object(Session):
        kept.is_verbose |= value > 0
    if value >= EACH_CALL > before:
        _trace(context)


def _trace(context: click.Context) -> None:
    """Write each request and database call until the command is over."""
    import logging

    class Echoing(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            echo(record.getMessage(), err=True)

    log, handler = logging.getLogger("contributor_backfill"), Echoing()
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)

    def stop() -> None:
        log.removeHandler(handler)
        log.setLevel(logging.NOTSET)

    context.find_root().call_on_close(stop)


def _keeper(key: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def keep(context: click.Context, _: click.Parameter, value: Any) -> None:
        if value:
            context.meta[key] = value

    return keep
