"""`alert`: tell people of trouble, once."""

import sys
from typing import TYPE_CHECKING

import click

from contributor_backfill.actions.runner import workflow_run
from contributor_backfill.cli.holder import is_dead, this_process
from contributor_backfill.cli.options import ENVIRONMENT, FullName, dry_run_option, store_option
from contributor_backfill.cli.output import echo
from contributor_backfill.cli.recording import Recording, recorded
from contributor_backfill.cli.session import session
from contributor_backfill.cli.settings import Settings, Store, load
from contributor_backfill.cli.stores import open_gateway
from contributor_backfill.domain.errors import NotConfigured
from contributor_backfill.domain.feeds import Wanted
from contributor_backfill.domain.runs import Note, Outcome, RunEnd, Severity

if TYPE_CHECKING:
    from contributor_backfill.db.gateway import Gateway
    from contributor_backfill.domain.alerting import Trouble
    from contributor_backfill.operations.alerting import Channel, Report

MEGABYTE = 1_000_000


@click.command()
@click.option(
    "--issues",
    type=FullName(),
    envvar=[f"{ENVIRONMENT}ISSUES", "GITHUB_REPOSITORY"],
    help="Where issues are opened. Default: GITHUB_REPOSITORY, whose workflow this is.",
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@dry_run_option
@store_option
def alert(*, issues: str | None, as_json: bool, dry_run_: bool, store: Store | None) -> None:
    """Tell people of trouble: one issue for each repository and kind of trouble.

    An issue gets a comment when something changes, not when it repeats, and is closed when it is
    over. The same goes to CONTRIBUTOR_BACKFILL_ALERT_WEBHOOK, in Slack's JSON. The token needs
    `issues: write` and nothing else.
    """
    from contributor_backfill.cli.alert_reporting import echo_report, echo_trouble

    settings = load()
    if dry_run_:
        with open_gateway(settings, store, read_only=True, bring_up_to_date=False) as gateway:
            echo_trouble(_find(gateway, settings), as_json=as_json)
        return
    with recorded(settings, store, needs_token=not settings.alert_webhook) as run:
        report = _tell(run, settings, issues)
        run.ends(_end(report))
        session().outputs |= {"open_alerts": str(len(report.open_alerts))}
    echo_report(report, as_json=as_json)
    if report.problems:
        sys.exit(1)


def _tell(run: Recording, settings: Settings, issues: str | None) -> "Report":
    from contributor_backfill.operations.alerting import Alerting
    from contributor_backfill.reports.alert_text import message, title

    channels = _channels(run, settings, issues)
    found = (*_find(run.gateway, settings), *_find_inactivity(run, settings, issues))
    alerting = Alerting(
        run.gateway, run.clock, channels, lambda tell: message(tell, run.clock.now())
    )
    return alerting.run(
        [(each, title(each)) for each in found],
        settings.interval_minutes,
        this_process(),
        is_dead,
    )


def _find(gateway: "Gateway", settings: Settings) -> "tuple[Trouble, ...]":
    from contributor_backfill.capture.current import FEEDS

    limit = settings.database_limit_mb * MEGABYTE
    return gateway.find_trouble(Wanted(feeds=FEEDS), settings.interval_minutes, limit)


def _find_inactivity(
    run: Recording, settings: Settings, issues: str | None
) -> "tuple[Trouble, ...]":
    """Return what becomes of the workflows of a repository where nothing happens."""
    from contributor_backfill.operations.inactivity import find_inactivity

    where = workflow_run()
    repository = where.repository if where else issues
    if not settings.github_token or not repository:
        return ()
    return find_inactivity(run.client(), repository, run.clock.now())


def _channels(run: Recording, settings: Settings, issues: str | None) -> "list[Channel]":
    """Return where people are told; what is not configured is said, and left out."""
    from contributor_backfill.operations.issue_channel import IssueChannel
    from contributor_backfill.operations.webhook_channel import WebhookChannel

    channels: list[Channel] = []
    if settings.github_token and issues:
        channels.append(IssueChannel(run.client(), run.clock, issues))
    elif not settings.alert_webhook:
        raise NotConfigured(
            "Nobody knows where issues are to be opened.",
            advice="Give --issues OWNER/NAME, or set CONTRIBUTOR_BACKFILL_ALERT_WEBHOOK.",
        )
    else:
        missing = "--issues is not given" if settings.github_token else "GITHUB_TOKEN is not set"
        echo(f"{missing}: no issues are opened, only the webhook is told.", err=True)
    if settings.alert_webhook:
        channels.append(WebhookChannel(settings.alert_webhook, settings.network))
    return channels


def _end(report: "Report") -> RunEnd:
    passed_over = tuple(Note(Severity.WARNING, each) for each in report.passed_over)
    if report.problems:
        notes = tuple(Note(Severity.ERROR, problem) for problem in report.problems)
        problem = report.problems[0]
        return RunEnd(Outcome.FAILED, "error", 1, problem, notes=(*notes, *passed_over))
    if report.held_by:
        return RunEnd(Outcome.DEFERRED, "lease lost")
    if report.waits:
        return RunEnd(Outcome.DEFERRED, "rate limited", more_work=True, notes=passed_over)
    return RunEnd(Outcome.DONE, "finished", more_work=report.left > 0, notes=passed_over)
