"""`alert`: notify people of problems, once each."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from contributor_backfill.actions.runner import workflow_run
from contributor_backfill.cli.app import Recording, open_gateway, recorded
from contributor_backfill.cli.holder import is_dead, this_process
from contributor_backfill.cli.jobs import echo_notes, stranded_notes
from contributor_backfill.cli.options import (
    ENVIRONMENT,
    FullName,
    dry_run_option,
    json_option,
    store_option,
)
from contributor_backfill.cli.output import echo, echo_json
from contributor_backfill.cli.session import session
from contributor_backfill.cli.settings import Settings, Store, load
from contributor_backfill.domain.alerts import Action, Alert, Problem
from contributor_backfill.domain.errors import NotConfigured
from contributor_backfill.domain.runs import Note, Outcome, RunEnd, Severity
from contributor_backfill.domain.sources import Wanted
from contributor_backfill.reports.wording import at

if TYPE_CHECKING:
    from contributor_backfill.db.gateway import Gateway
    from contributor_backfill.operations.alerts import Channel, Report

MEGABYTE = 1_000_000


@click.command()
@click.option(
    "--issues",
    type=FullName(),
    envvar=[f"{ENVIRONMENT}ISSUES", "GITHUB_REPOSITORY"],
    help="Where issues are opened. Default: GITHUB_REPOSITORY, whose workflow this is.",
)
@json_option
@dry_run_option
@store_option
def alert(*, issues: str | None, as_json: bool, dry_run_: bool, store: Store | None) -> None:
    """Notify people of problems: one issue for each repository and kind of problem.

    An issue gets a comment when something changes, not when it repeats, and is closed when it is
    over. The same goes to CONTRIBUTOR_BACKFILL_ALERT_WEBHOOK, in Slack's JSON. The token needs
    `issues: write` and nothing else.
    """
    settings = load()
    if dry_run_:
        with open_gateway(settings, store, read_only=True, bring_up_to_date=False) as gateway:
            echo_problems(_find(gateway, settings), as_json=as_json)
            notes = stranded_notes(settings, gateway)
        echo_notes(notes)
        return
    # With a webhook people can be told without GitHub.
    with recorded(settings, store, needs_token=not settings.alert_webhook) as run:
        report = _tell(run, settings, issues)
        notes = stranded_notes(settings, run.gateway)
        end = _end(report)
        run.ends(replace(end, notes=(*end.notes, *notes)))
        session().outputs |= {"open_alerts": str(len(report.open_alerts))}
    echo_report(report, as_json=as_json)
    echo_notes(notes)
    if report.problems:
        sys.exit(1)


def _tell(run: Recording, settings: Settings, issues: str | None) -> "Report":
    from contributor_backfill.operations.alerts import Notifier
    from contributor_backfill.reports.alert_text import message, title

    channels = _channels(run, settings, issues)
    found = (*_find(run.gateway, settings), *_find_inactivity(run, settings, issues))
    notifier = Notifier(
        run.gateway, run.clock, channels, lambda tell: message(tell, run.clock.now())
    )
    return notifier.run(
        [(problem, title(problem)) for problem in found],
        settings.interval_minutes,
        this_process(),
        is_dead,
    )


def _find(gateway: "Gateway", settings: Settings) -> "tuple[Problem, ...]":
    from contributor_backfill.domain.sources import DUE

    limit = settings.database_limit_mb * MEGABYTE
    return gateway.find_problems(Wanted(sources=DUE), settings.interval_minutes, limit)


def _find_inactivity(
    run: Recording, settings: Settings, issues: str | None
) -> "tuple[Problem, ...]":
    """Return what becomes of the workflows of a repository where nothing happens."""
    from contributor_backfill.operations.alerts import find_inactivity

    where = workflow_run()
    repository = where.repository if where else issues
    if not settings.github_token or not repository:
        return ()
    return find_inactivity(run.client(), repository, run.clock.now())


def _channels(run: Recording, settings: Settings, issues: str | None) -> "list[Channel]":
    """Return the channels that are configured, and say which are not."""
    from contributor_backfill.operations.alerts import IssueChannel, WebhookChannel

    channels: list[Channel] = []
    if settings.github_token and issues:
        channels.append(IssueChannel(run.client(), run.clock, issues))
    elif not settings.alert_webhook:
        raise NotConfigured(
            "It is not configured where issues are to be opened.",
            advice="Give --issues OWNER/NAME, or set CONTRIBUTOR_BACKFILL_ALERT_WEBHOOK.",
        )
    else:
        missing = "--issues is not given" if settings.github_token else "GITHUB_TOKEN is not set"
        echo(f"{missing}: no issues are opened, only the webhook gets a message.", err=True)
    if settings.alert_webhook:
        channels.append(WebhookChannel(settings.alert_webhook, settings.network))
    return channels


def _end(report: "Report") -> RunEnd:
    passed_over = tuple(Note(Severity.WARNING, text) for text in report.passed_over)
    if report.problems:
        notes = tuple(Note(Severity.ERROR, problem) for problem in report.problems)
        problem = report.problems[0]
        return RunEnd(Outcome.FAILED, "error", 1, problem, notes=(*notes, *passed_over))
    if report.held_by:
        return RunEnd(Outcome.DEFERRED, "lease lost")
    if report.waits:
        return RunEnd(Outcome.DEFERRED, "rate limited", more_work=True, notes=passed_over)
    return RunEnd(Outcome.DONE, "finished", more_work=report.left > 0, notes=passed_over)


COUNTED = {
    "opened": (Action.OPEN, Action.REOPEN),
    "changed": (Action.COMMENT,),
    "closed": (Action.CLOSE,),
}


def echo_problems(found: Sequence[Problem], *, as_json: bool) -> None:
    """Print the problems that there are, for a dry run."""
    from contributor_backfill.reports.alert_text import title

    if as_json:
        echo_json([_problem(problem) for problem in found])
        return
    for problem in found:
        echo(f"{problem.severity}  {problem.kind}  {title(problem)}")
    echo("No problem was found." if not found else f"{len(found)} found.")
    echo("Dry run: nothing was written, and nobody was notified.", err=True)


def echo_report(report: "Report", *, as_json: bool) -> None:
    """Print what was sent, then what was not."""
    lines = _lines(report)
    if as_json:
        echo_json(_document(report, lines))
    elif report.held_by:
        echo(f"Another run of alert is at work: {report.held_by}. This one sent nothing.")
    else:
        counts = _counts(lines)
        echo(", ".join(f"{what} {many}" for what, many in counts.items()))
        for what, alert, issue in lines:
            number = f" #{issue}" if issue else ""
            echo(f"{what}  {_sentence(alert)}{number}")
    if report.left:
        echo(f"The next run sends {report.left} more.", err=True)
    for text in (*report.waits, *report.passed_over, *report.problems):
        echo(text, err=True)


def _lines(report: "Report") -> list[tuple[str, Alert, int | None]]:
    """Return each alert once, with what became of it and its issue."""
    issues: dict[str, int] = {}
    became: dict[str, str] = {}
    for sent in report.sent:
        if sent.issue_number:
            issues[sent.alert.alert_id] = sent.issue_number
        what = next(name for name, actions in COUNTED.items() if sent.action in actions)
        became.setdefault(sent.alert.alert_id, what)
    lines = []
    for alert in report.alerts:
        what = became.get(alert.alert_id, "unchanged")
        known = next((t.issue_number for t in alert.notifications.values() if t.issue_number), None)
        lines.append((what, alert, issues.get(alert.alert_id, known)))
    order = (*COUNTED, "unchanged")
    return sorted(lines, key=lambda line: order.index(line[0]))


def _counts(lines: Sequence[tuple[str, Alert, int | None]]) -> dict[str, int]:
    return {name: sum(what == name for what, *_ in lines) for name in (*COUNTED, "unchanged")}


def _sentence(alert: Alert) -> str:
    from contributor_backfill.reports.alert_text import title

    problem = alert.problem
    return f"{problem.severity}  {problem.kind}  {title(problem)}  since {at(alert.opened_at)}"


def _document(report: "Report", lines: Sequence[tuple[str, Alert, int | None]]) -> dict[str, Any]:
    return {
        **_counts(lines),
        "left": report.left,
        "held_by": report.held_by or None,
        "waits": list(report.waits),
        "passed_over": list(report.passed_over),
        "problems": list(report.problems),
        "alerts": [
            {
                "action": what,
                **_problem(alert.problem),
                "state": alert.state,
                "opened_at": alert.opened_at.isoformat(),
                "issue": issue,
            }
            for what, alert, issue in lines
        ],
    }


def _problem(problem: Problem) -> dict[str, Any]:
    from contributor_backfill.reports.alert_text import title

    return {
        "kind": problem.kind,
        "severity": problem.severity,
        "repository": problem.full_name or None,
        "title": title(problem),
        "detail": dict(problem.detail),
    }
