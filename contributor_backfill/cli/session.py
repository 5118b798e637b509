"""What one invocation of the command line keeps until it ends. Light, because `main` needs it."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from contributor_backfill.domain.runs import RunReport


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
