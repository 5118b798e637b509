"""What the Actions runner is told when a command is over, whether or not it came to a run."""

import sys
from dataclasses import replace

from contributor_backfill.actions.runner import tell
from contributor_backfill.cli.session import Session
from contributor_backfill.domain.runs import FINISHED, Note, Outcome, RunEnd, RunReport, Severity


def tell_runner(session: Session, message: str = "", exit_code: int = 0) -> None:
    """Write annotations, outputs and a summary; `message` is the error that ended the command."""
    tell(_report(session.report, message, exit_code), session.outputs)


def _report(report: RunReport | None, message: str, exit_code: int) -> RunReport:
    note = Note(Severity.ERROR, message)
    failed = RunEnd(Outcome.FAILED, "error", exit_code, message, notes=(note,))
    if report is None:
        command = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
        return RunReport(command, "", failed if message else FINISHED)
    if message and exit_code and report.end.exit_code == 0:
        # It had done its work, and then its end could not be put on record.
        return replace(report, end=failed)
    return report
