"""The commands in their groups, with what tells each from its neighbours.

A command is in the module of its name, which is imported when it is asked for: imports cost time,
and `--help` needs none of them.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from functools import wraps
from importlib import import_module
from typing import Any

import click
from click.core import ParameterSource

from contributor_backfill.cli.options import common_options

GROUPS: dict[str, dict[str, tuple[str, str]]] = {
    "Start": {
        "demo": (
            "Backfill a sample repository without token or network",
            "Take it first, to see the whole of it; `sandbox` is for commands of your own.",
        ),
        "doctor": (
            "Check the token, the database and the way to both",
            "Take it when something is not set up; `status` and `alert` tell of captures.",
        ),
        "migrate": (
            "Create or update the tables and functions",
            "Take it after each upgrade; `doctor` says whether it is needed.",
        ),
        "track": (
            "Take repositories in, and begin their backfills",
            "Take it for what is not tracked yet; `set` changes what is, `reset` begins it afresh.",
        ),
        "untrack": (
            "Stop capturing a repository; delete its data if asked",
            "Take it for good; `pause` is for a while.",
        ),
        "estimate": (
            "Say what a repository takes in time, points and space",
            "Take it before `track`; `status` says how far a backfill is that has begun.",
        ),
    },
    "Capture": {
        "progressive-backfill": (
            "Capture whatever is due until a bound is reached",
            "Take it for ordinary runs; `capture-chunk` is one page, `sync-historical` is changes.",
        ),
        "capture-chunk": (
            "Capture one page of one backfill, and exit",
            "Take it to try one page, or in a loop of yours; else take `progressive-backfill`.",
        ),
        "capture-reviews": (
            "Capture reviews that are still missing",
            "Take it for reviews alone, or by number; `progressive-backfill` captures them too.",
        ),
        "capture-comments": (
            "Capture comments that are still missing",
            "Take it for comments alone, or by number; `progressive-backfill` captures them too.",
        ),
        "sync-historical": (
            "Bring pull requests that changed up to date",
            "Take it to update what is stored; `progressive-backfill` captures the history too.",
        ),
        "reconcile": (
            "Compare what is stored with GitHub's totals",
            "Take it to prove that nothing is missing; `status` only shows what is known.",
        ),
    },
    "Watch": {
        "status": (
            "Show how far each repository is, one line each",
            "Take it for repositories; `monitor` adds quota, runs, jobs, cost and the database.",
        ),
        "monitor": (
            "Show everything, on a terminal or as a page",
            "Take it for the whole fleet, live or as a page; `status` is the short one.",
        ),
        "costs": (
            "Show what a month costs, by command and repository",
            "Take it for what was spent; `budget` limits it, and `estimate` looks ahead.",
        ),
        "history": (
            "Show what was changed by hand and by recover",
            "Take it to see who changed what; `monitor` shows what runs did.",
        ),
    },
    "Control": {
        "pause": (
            "Capture nothing of a repository until it is resumed",
            "Take it for a while; `untrack` is for good, and `budget` pauses all at a cap.",
        ),
        "resume": (
            "End a pause or a wait",
            "Take it when a repository is paused or waits; what failed needs `retry`.",
        ),
        "retry": (
            "Try again what failed, and keep the place",
            "Take it for what failed; a pause or wait needs `resume`, and `reset` reads all again.",
        ),
        "reset": (
            "Begin a backfill afresh",
            "Take it only to read everything again; `retry` tries what failed and keeps the place.",
        ),
        "set": (
            "Change how a repository is captured",
            "Take it for priority, texts and page size; `budget` is for the month of all.",
        ),
        "budget": (
            "Show or set what a month may take",
            "Take it to limit a month; `costs` shows what the months took.",
        ),
    },
    "Automation": {
        "plan": (
            "Turn what is due into a matrix of jobs for Actions",
            "Take it for jobs side by side; one job needs no plan, only `progressive-backfill`.",
        ),
        "start-successor": (
            "Start the next run of a workflow",
            "Take it at the end of a run that leaves work; `heartbeat` starts runs by the clock.",
        ),
        "heartbeat": (
            "Write SQL by which Supabase starts the workflow",
            "Take it where GitHub's schedule is late; `start-successor` goes from run to run.",
        ),
        "record-run": (
            "Record an event that GitHub sent about a workflow",
            "Take it for each event; `sync-runs` asks for those that did not arrive.",
        ),
        "sync-runs": (
            "Ask GitHub how runs ended that did not say so",
            "Take it as the net under `record-run`; `recover` mends what lost runs left.",
        ),
        "recover": (
            "Put in order what lost runs left behind",
            "Take it on a schedule; it decides by itself what `retry` and `resume` do by hand.",
        ),
        "alert": (
            "Tell people of problems, once each",
            "Take it on a schedule; `doctor` checks the set-up, and `status` shows repositories.",
        ),
    },
    "Jobs": {
        "enqueue": (
            "Add one job to the queue",
            "Take it for work that another is to do; `progressive-backfill` does it at once.",
        ),
        "route": (
            "Decide who does each job: Inngest, Actions or nobody",
            "Take it before `dispatch`, which only hands over what is decided.",
        ),
        "dispatch": (
            "Hand decided jobs to GitHub Actions and Inngest",
            "Take it after `route`; `queue` shows what waits for either.",
        ),
        "queue": (
            "Show the jobs that wait, run or were given up",
            "Take it for jobs; `status` is about repositories, and `history` about changes.",
        ),
    },
    "Practice": {
        "sandbox": (
            "Run a local GitHub with invented pull requests",
            "Take it to try any command without quota; `demo` needs no second terminal.",
        ),
        "rehearse": (
            "Capture an invented fleet, and say what it takes",
            "Take it for days and dollars of a fleet; `estimate` asks about a real repository.",
        ),
        "psql": (
            "Open the configured database with psql",
            "Take it for questions of your own; `status` and `monitor` answer the usual ones.",
        ),
    },
}
"""The groups in their order; of each command a summary, and when to take it."""
NAMED = "named"
"""The argument beside `--repository`."""
LONGEST = max(len(name) for group in GROUPS.values() for name in group)
MODULES = {
    **dict.fromkeys(("pause", "resume", "retry", "reset", "set"), "control"),
    **dict.fromkeys(("capture-reviews", "capture-comments"), "capture_connections"),
}
"""Where a command is that shares its module with others."""


def _commands() -> Iterator[tuple[str, tuple[str, str]]]:
    for group in GROUPS.values():
        yield from group.items()


COMMANDS = dict(_commands())


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
        name = MODULES.get(cmd_name, cmd_name.replace("-", "_"))
        module = import_module(f"{__name__}.{name}")
        # By its own name: `set` is a word of Python's.
        command = next(
            value
            for value in vars(module).values()
            if isinstance(value, click.Command) and value.name == cmd_name
        )
        command.short_help, command.epilog = COMMANDS[cmd_name]
        prepare(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command of a line. An unknown one is answered with the nearest."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = get_close_matches(args[0].lower(), COMMANDS, n=1)
            # An option before the command is not a mistyped command.
            if not near or args[0].startswith("-"):
                raise
            raise click.UsageError(
                f"There is no command {args[0]!r}. Did you mean {near[0]!r}?", ctx
            ) from error

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002  # click's signature
        formatter: click.HelpFormatter,
    ) -> None:
        """Write the commands in their groups, each on a line."""
        for group, commands in GROUPS.items():
            with formatter.section(group):
                for name, (summary, _) in commands.items():
                    formatter.write(f"{'':{formatter.current_indent}}{name:{LONGEST}}  {summary}\n")


def prepare(command: click.Command) -> None:
    """Give a command the common options, and `--repository` a place without its name. Once."""
    if any("--env-file" in option.opts for option in command.params):
        return
    if command.context_settings.get("ignore_unknown_options"):
        # -v and -q are the other program's there.
        command.params += [option for option in common_options() if option.name == "env_file"]
        return
    command.params += common_options()
    option = next((p for p in command.params if p.name == "repository"), None)
    if isinstance(option, click.Option):
        _take_by_place(command, option)


def _take_by_place(command: click.Command, option: click.Option) -> None:
    """Let a command take OWNER/NAME as an argument as well."""
    is_required, option.required = option.required, False
    metavar = "OWNER/NAME" if is_required else "[OWNER/NAME]"
    argument = click.Argument([NAMED], type=option.type, required=False, metavar=metavar)
    # First, because arguments are read by their order.
    command.params.insert(0, argument)
    inner = command.callback
    assert inner is not None

    @wraps(inner)
    def with_name(**given: Any) -> Any:
        context = click.get_current_context()
        named = given.pop(NAMED)
        if named is not None:
            if context.get_parameter_source("repository") is ParameterSource.COMMANDLINE:
                raise click.UsageError("Give the repository once: OWNER/NAME or --repository.")
            given["repository"] = named
        if is_required and not given["repository"]:
            raise click.MissingParameter(
                ctx=context, param_hint="'OWNER/NAME'", param_type="argument"
            )
        return inner(**given)

    command.callback = with_name
