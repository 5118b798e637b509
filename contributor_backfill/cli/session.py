"""What one invocation of the command line keeps until it ends: the report of its run."""

from dataclasses import dataclass, field

import click

from contributor_backfill.domain.runs import RunReport


@dataclass
class Session:
    """Hold the report of the run that a command made, for `main` to tell of at the end.

    `outputs` are what the command adds to the outputs of its step in Actions.
    """

    report: RunReport | None = None
    outputs: dict[str, str] = field(default_factory=dict)


def session() -> Session:
    """Return the present invocation's."""
    found = click.get_current_context().find_object(Session)
    return found or Session()


def command_name() -> str:
    """Return the present command, such as `capture-chunk`."""
    return str(click.get_current_context().info_name)
