"""Options that several commands share."""

import re
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

import click

from contributor_backfill.cli.settings import Store
from contributor_backfill.domain.types import RepositoryId

Command = TypeVar("Command", bound=Callable[..., Any])
FULL_NAME = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
PREFIX = re.compile(r"^(https?://[^/]+/|git@[^:]+:|github\.com/)")


class FullName(click.ParamType[str]):
    """OWNER/NAME, or the repository's address on GitHub."""

    name = "OWNER/NAME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return OWNER/NAME, or end with a usage error."""
        full_name = PREFIX.sub("", str(value).strip()).removesuffix("/").removesuffix(".git")
        if not FULL_NAME.fullmatch(full_name):
            self.fail(
                f"{value!r} is not of the form OWNER/NAME, such as pallets/click.", param, ctx
            )
        return full_name


class Uuid(click.ParamType[RepositoryId]):
    """The UUID of a row of `repositories`."""

    name = "UUID"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> RepositoryId:
        """Return the id, or end with a usage error."""
        try:
            return RepositoryId(str(UUID(str(value))))
        except ValueError:
            self.fail(f"{value!r} is not a UUID.", param, ctx)


def store_option(command: Command) -> Command:
    """Add `--store`."""
    return click.option(
        "--store",
        type=click.Choice(Store, case_sensitive=False),
        help="Where the data lives. Default: Supabase if SUPABASE_URL is set, then DATABASE_URL,"
        " then the embedded Postgres.",
    )(command)


def repository_options(command: Command) -> Command:
    """Add `--repository` and `--repository-id`, of which one may be given."""
    command = click.option(
        "--repository-id", type=Uuid(), help="The same by its id in `repositories`."
    )(command)
    return click.option("--repository", type=FullName(), help="Only this repository.")(command)


def one_of(repository: str | None, repository_id: RepositoryId | None) -> None:
    """End with a usage error when a repository is named twice."""
    if repository and repository_id:
        raise click.UsageError("Give --repository or --repository-id, not both.")


chunk_size_option = click.option(
    "--chunk-size",
    type=click.IntRange(1, 100),
    help="Fix the number of pull requests a page. Default: what was measured to work best.",
)
reserve_option = click.option(
    "--reserve",
    type=click.IntRange(min=0),
    metavar="POINTS",
    help="Leave this many GraphQL points of the hour to others."
    " Default: a fifth of the limit, at least 50.",
)
dry_run_option = click.option(
    "--dry-run",
    "dry_run_",
    is_flag=True,
    help="Write nothing; say what would be done and what it would cost.",
)
