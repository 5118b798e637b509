"""The state of one invocation of the command line. Light, because `main` needs it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from contributor_backfill.domain.runs import RunReport

QUIET = "contributor_backfill.quiet"
ENV_FILE = "contributor_backfill.env_file"
SAID = "contributor_backfill.said"
_OUTSIDE: dict[str, Any] = {}
"""The state for those who use parts of the command line without an invocation."""


class Session:
    """Hold the report of the run that a command made, for `main` to tell of at the end.

    `outputs` are what the command adds to the outputs of its step in Actions. `is_verbose` says
    whether an error is shown with where it came from.
    """

    def __init__(self) -> None:
        self.report: RunReport | None = None
        self.outputs: dict[str, str] = {}
        self.is_verbose = False


def session() -> Session:
    """Return the present invocation's."""
    found = click.get_current_context().find_object(Session)
    return found or Session()


def command_name() -> str:
    """Return the present command, such as `capture-chunk`."""
    return str(click.get_current_context().info_name)


def is_quiet() -> bool:
    """Tell whether progress and hints are to be left out."""
    return bool(_meta().get(QUIET))


def named_env_file() -> Path | None:
    """Return the file that stands in for `.env`, if one was named."""
    file = _meta().get(ENV_FILE)
    assert file is None or isinstance(file, Path)
    return file


def is_first_time(text: str) -> bool:
    """Tell whether this invocation says a text for the first time."""
    said: set[str] = _meta().setdefault(SAID, set())
    is_new = text not in said
    said.add(text)
    return is_new


def _meta() -> dict[str, Any]:
    context = click.get_current_context(silent=True)
    return context.meta if context else _OUTSIDE
