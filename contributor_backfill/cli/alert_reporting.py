"""What `alert` found and told, in words and as JSON."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from contributor_backfill.cli.output import echo, echo_json
from contributor_backfill.domain.alerting import Action, Alert, Trouble
from contributor_backfill.reports.wording import at

if TYPE_CHECKING:
    from contributor_backfill.operations.alerting import Report

COUNTED = {
    "opened": (Action.OPEN, Action.REOPEN),
    "changed": (Action.COMMENT,),
    "closed": (Action.CLOSE,),
}


def echo_trouble(found: Sequence[Trouble], *, as_json: bool) -> None:
    """Print what trouble there is, for a dry run."""
    from contributor_backfill.reports.alert_text import title

    if as_json:
        echo_json([_trouble(each) for each in found])
        return
    for each in found:
        echo(f"{each.severity}  {each.kind}  {title(each)}")
    echo("No trouble is found." if not found else f"{len(found)} found.")
    echo("Dry run: nothing was written, and nobody was told.", err=True)


def echo_report(report: "Report", *, as_json: bool) -> None:
    """Print what was told, then what was not."""
    lines = _lines(report)
    if as_json:
        echo_json(_document(report, lines))
    elif report.held_by:
        echo(f"Another run of alert is at it: {report.held_by}. Nothing was told.")
    else:
        counts = _counts(lines)
        echo(", ".join(f"{what} {many}" for what, many in counts.items()))
        for what, alert, issue in lines:
            number = f" #{issue}" if issue else ""
            echo(f"{what}  {_sentence(alert)}{number}")
    if report.left:
        echo(f"{report.left} more are told by the next run.", err=True)
    for text in (*report.waits, *report.passed_over, *report.problems):
        echo(text, err=True)


def _lines(report: "Report") -> list[tuple[str, Alert, int | None]]:
    """Return each alert once, with what became of it and its issue."""
    issues: dict[str, int] = {}
    became: dict[str, str] = {}
    for told in report.told:
        if told.issue_number:
            issues[told.alert.alert_id] = told.issue_number
        what = next(name for name, actions in COUNTED.items() if told.action in actions)
        became.setdefault(told.alert.alert_id, what)
    lines = []
    for alert in report.alerts:
        what = became.get(alert.alert_id, "unchanged")
        known = next((t.issue_number for t in alert.tellings.values() if t.issue_number), None)
        lines.append((what, alert, issues.get(alert.alert_id, known)))
    order = (*COUNTED, "unchanged")
    return sorted(lines, key=lambda line: order.index(line[0]))


def _counts(lines: Sequence[tuple[str, Alert, int | None]]) -> dict[str, int]:
    return {name: sum(what == name for what, *_ in lines) for name in (*COUNTED, "unchanged")}


def _sentence(alert: Alert) -> str:
    from contributor_backfill.reports.alert_text import title

    trouble = alert.trouble
    return f"{trouble.severity}  {trouble.kind}  {title(trouble)}  since {at(alert.opened_at)}"


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
                **_trouble(alert.trouble),
                "state": alert.state,
                "opened_at": alert.opened_at.isoformat(),
                "issue": issue,
            }
            for what, alert, issue in lines
        ],
    }


def _trouble(trouble: Trouble) -> dict[str, Any]:
    from contributor_backfill.reports.alert_text import title

    return {
        "kind": trouble.kind,
        "severity": trouble.severity,
        "repository": trouble.full_name or None,
        "title": title(trouble),
        "detail": dict(trouble.detail),
    }
