"""The commands by name. Each is imported when it is asked for, because imports cost time."""

from importlib import import_module

import click

COMMANDS = (
    "estimate",
    "track",
    "untrack",
    "progressive-backfill",
    "capture-chunk",
    "capture-reviews",
    "capture-comments",
    "sync-historical",
    "reconcile",
    "plan",
    "start-successor",
    "heartbeat",
    "record-run",
    "sync-runs",
    "recover",
    "alert",
    "enqueue",
    "route",
    "dispatch",
    "queue",
    "pause",
    "resume",
    "retry",
    "reset",
    "set",
    "history",
    "status",
    "monitor",
    "costs",
    "budget",
    "migrate",
    "doctor",
    "demo",
    "sandbox",
    "rehearse",
    "psql",
)
# `set` is a word of Python's own.
ELSEWHERE = {"set": "set_repository"}


class Commands(click.Group):
    """A group whose commands are in a module each, under the command's name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Return the names in the order in which they are shown."""
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002  # click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """Return a command, or None for an unknown name."""
        if cmd_name not in COMMANDS:
            return None
        name = ELSEWHERE.get(cmd_name, cmd_name.replace("-", "_"))
        module = import_module(f"{__name__}.{name}")
        command: click.Command = getattr(module, name)
        return command
