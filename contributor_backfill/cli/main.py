"""The command line, and the one place where its errors end."""

import atexit
import gc
import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

import click

from contributor_backfill.cli.commands import Commands
from contributor_backfill.cli.options import common_options, sandbox_data_option
from contributor_backfill.cli.output import echo, echo_lines
from contributor_backfill.cli.session import Session
from contributor_backfill.cli.streams import Guard, guard_streams
from contributor_backfill.domain.errors import BackfillError
from contributor_backfill.domain.redaction import learn, shown

if TYPE_CHECKING:
    from contributor_backfill.domain.runs import RunReport

UNREAD = 1
"""Errors of click and rich when nobody reads the output any more."""
INTERRUPTED = 130
LONGEST_SURPRISE = 1_000
"""Characters of an error that nobody expected; one may hold a whole response."""
OF_THE_SYSTEM = frozenset({"builtins", "socket"})
"""Whose errors the operating system raises; libraries derive theirs from the same class."""
OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""Imports alone would bring a hundred collections, and none finds anything."""


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="contributor-backfill")
@sandbox_data_option
def cli() -> None:
    """Capture the pull-request history of GitHub repositories into Supabase or Postgres.

    Every command does one bounded piece of work and exits: 0 done or safely deferred, 1 failed and
    recorded, 2 wrong usage, 3 not configured, 4 drift found.
    """


cli.params += common_options()


def main() -> NoReturn:
    """Run the command line. Whatever goes wrong ends here, in one sentence and an exit code."""
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    # Nor has Python to look through everything once more before it ends.
    atexit.register(gc.freeze)
    # Before anything is written: whatever shows a secret from now on hides it.
    learn(os.environ)
    guards = guard_streams()
    # Both, because whoever starts a command in the background has it ignore SIGINT.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    session = Session()
    try:
        _run(session, guards)
    except BrokenPipeError:
        exit_code: Any = UNREAD
    except SystemExit as end:
        exit_code = end.code
    is_unread = _are_unread(guards)
    if any(guard.fault for guard in guards) and not exit_code:
        exit_code = 1
    if is_unread and exit_code == UNREAD:
        # Whether nobody reads its report or somebody does, a run is done or failed.
        exit_code = session.report.end.exit_code if session.report else 0
    sys.exit(exit_code)


def _run(session: Session, guards: list[Guard]) -> NoReturn:
    try:
        cli.main(standalone_mode=False, obj=session)
    except click.ClickException as error:
        _show_usage(error)
        tell_runner(session, shown(error.format_message()), error.exit_code)
        sys.exit(error.exit_code)
    except SystemExit:
        tell_runner(session)
        raise
    except (click.Abort, KeyboardInterrupt):
        _end(session, "Interrupted. Nothing is lost: the next run goes on from here.", INTERRUPTED)
    except BrokenPipeError:
        raise  # `main` knows what to do
    except BackfillError as error:
        _explain(error, verbose=session.is_verbose)
        _end(session, str(error), error.exit_code)
    except Exception as error:  # noqa: BLE001  # the last resort: a bug must not end in a traceback
        _explain(error, verbose=session.is_verbose)
        if isinstance(error, OSError) and type(error).__module__ in OF_THE_SYSTEM:
            _end(session, _of_the_system(error, guards), 1)
        surprise = shown(repr(error))[:LONGEST_SURPRISE]
        message = f"This should not have happened: {surprise}. Run again with -v and report it."
        _end(session, message, 1)
    tell_runner(session)
    sys.exit(0)


def _of_the_system(error: OSError, guards: list[Guard]) -> str:
    """Return what the operating system refuses: a port, a folder, a disk, a file."""
    why = error.strerror or type(error).__name__
    if any(guard.fault is error for guard in guards):
        return f"What there is to say cannot be written: {why}. Give it another place."
    if error.filename is not None:
        return f"{os.fsdecode(error.filename)!r} cannot be used: {why}. Name another place."
    return f"The operating system refuses: {why}. Run again with -v to see what was asked of it."


def _are_unread(guards: list[Guard]) -> bool:
    """Write what is left; tell whether nobody reads it any more, as in `… | head -1`."""
    for guard in guards:
        with suppress(OSError):
            guard.flush()
    unread = [guard for guard in guards if guard.is_unread or guard.fault]
    nowhere = os.open(os.devnull, os.O_WRONLY) if unread else -1
    for guard in unread:
        # Else Python itself would try, as the last thing that it does, and complain.
        os.dup2(nowhere, guard.fileno())
    return any(guard.is_unread for guard in guards)


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _explain(error: Exception, *, verbose: bool) -> None:
    if verbose:
        import traceback

        # A line of it may be a text from outside.
        echo_lines("".join(traceback.format_exception(error)).splitlines(), err=True)


def _show_usage(error: click.ClickException) -> None:
    """Show what was wrong on the command line as click does; a value in it stays on its line."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return
    context = getattr(error, "ctx", None)
    if isinstance(context, click.Context):
        click.echo(context.get_usage(), err=True)
        click.echo(f"Try '{context.command_path} --help' for help.\n", err=True)
    echo(f"Error: {error.format_message()}", err=True)


def _end(session: Session, message: str, exit_code: int) -> NoReturn:
    with suppress(OSError):  # stderr may be on the same full disk
        echo(f"contributor-backfill: {message}", err=True)
    tell_runner(session, message, exit_code)
    sys.exit(exit_code)


def tell_runner(session: Session, message: str = "", exit_code: int = 0) -> None:
    """Write annotations, outputs and a summary; `message` is the error that ended the command."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        from contributor_backfill.actions.runner import tell

        tell(_report(session.report, message, exit_code), session.outputs)


def _report(report: "RunReport | None", message: str, exit_code: int) -> "RunReport":
    from dataclasses import replace

    from contributor_backfill.domain.runs import (
        FINISHED,
        Note,
        Outcome,
        RunEnd,
        RunReport,
        Severity,
    )

    note = Note(Severity.ERROR, message)
    failed = RunEnd(Outcome.FAILED, "error", exit_code, message, notes=(note,))
    if report is None:
        command = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
        return RunReport(command, "", failed if message else FINISHED)
    if message and exit_code and report.end.exit_code == 0:
        # It had done its work, and then its end could not be put on record.
        return replace(report, end=failed)
    return report
