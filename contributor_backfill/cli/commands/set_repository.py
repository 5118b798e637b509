"""`set`: how urgently, in which pages and with how much of its texts a repository is captured."""

from typing import Any

import click

from contributor_backfill.cli.control import Chosen, control, control_options
from contributor_backfill.cli.options import dry_run_option, storage_options, store_option
from contributor_backfill.cli.settings import Store
from contributor_backfill.domain.control import Action
from contributor_backfill.domain.storage import Keep
from contributor_backfill.domain.types import Priority

AUTO = "auto"


class ChunkSize(click.ParamType[str]):
    """A number of pull requests from 1 to 100, or `auto`."""

    name = "1-100|auto"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text, or end with a usage error."""
        text = str(value).strip().lower()
        is_size = text.isascii() and text.isdecimal() and 1 <= int(text) <= 100
        if text != AUTO and not is_size:
            self.fail(f"{value!r} is neither a number from 1 to 100 nor auto.", param, ctx)
        return text


@click.command("set")
@control_options()
@click.option(
    "--priority",
    type=click.Choice(Priority, case_sensitive=False),
    help="How urgently it is served.",
)
@click.option(
    "--chunk-size",
    type=ChunkSize(),
    metavar=ChunkSize.name,
    help="Fix the number of pull requests a page; auto goes by what is measured again.",
)
@storage_options
@dry_run_option
@store_option
def set_repository(
    *,
    about: Chosen,
    priority: Priority | None,
    chunk_size: str | None,
    bodies: Keep | None,
    diff_hunks: Keep | None,
    dry_run_: bool,
    store: Store | None,
) -> None:
    """Set how a repository is captured from now on; what is not given stays."""
    settings = {
        **_page_size(chunk_size),
        "priority": priority,
        "bodies": str(bodies) if bodies is not None else None,
        "diff_hunks": str(diff_hunks) if diff_hunks is not None else None,
    }
    given = {name: value for name, value in settings.items() if value is not None}
    if not given:
        raise click.UsageError("Give --priority, --chunk-size, --bodies or --diff-hunks.")
    control(
        Action.SET,
        given,
        about,
        store,
        dry_run=dry_run_,
        nothing="Nothing to do: it is so already.",
    )


def _page_size(chunk_size: str | None) -> dict[str, Any]:
    if chunk_size is None:
        return {}
    if chunk_size == AUTO:
        return {"page_size_is_fixed": False}
    return {"page_size": int(chunk_size), "page_size_is_fixed": True}
