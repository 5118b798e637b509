"""What every command takes, before its name or after it: how much it says, and which `.env`."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from contributor_backfill.cli.session import Session

VERBOSITY = "contributor_backfill.verbosity"
QUIET = "contributor_backfill.quiet"
ENV_FILE = "contributor_backfill.env_file"
EACH_CALL = 2
"""So many -v show each request and database call."""
NAMED = "named"
"""The argument beside `--repository`."""


def verbosity() -> int:
    """Return how often -v was given."""
    return int(_meta().get(VERBOSITY, 0))


def is_quiet() -> bool:
    """Tell whether progress and hints are to be left out."""
    return bool(_meta().get(QUIET))


def named_env_file() -> Path | None:
    """Return the file that stands in for `.env`, if one was named."""
    file = _meta().get(ENV_FILE)
    assert file is None or isinstance(file, Path)
    return file


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


def prepare(command: click.Command) -> None:
    """Give a command the common options, and `--repository` a place without its name. Once."""
    if any("--env-file" in option.opts for option in command.params):
        return
    if command.context_settings.get("ignore_unknown_options"):
        # -v and -q are the other program's there.
        command.params += [each for each in common_options() if each.name == "env_file"]
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


def _meta() -> dict[str, Any]:
    context = click.get_current_context(silent=True)
    return context.meta if context else {}


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

    from contributor_backfill.cli.output import echo

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
