"""The texts of a notification: an issue's title and body, a comment, lines for a webhook."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from contributor_backfill.db.rows import moment
from contributor_backfill.domain.alerts import Action, Alert, Message, Notification, Problem
from contributor_backfill.domain.redaction import on_one_line
from contributor_backfill.domain.runs import Severity
from contributor_backfill.reports.markdown import code, plain
from contributor_backfill.reports.problem_words import WORDS
from contributor_backfill.reports.wording import at, duration

ADDRESS = re.compile(r"https?://[\w.:/-]+")
FULL_NAME = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
LONGEST_TITLE = 200
LONGEST_TEXT = 2_000
FOOTER = (
    "_contributor-backfill opened this issue. It comments here when something changes, and closes"
    " the issue when the problem is over._"
)
ACTIONS = {
    Action.OPEN: "New",
    Action.REOPEN: "Again",
    Action.COMMENT: "Changed",
    Action.CLOSE: "Over",
}


def title(problem: Problem) -> str:
    """Return one line that says what is wrong, for a title: GitHub reads no Markdown there."""
    subject = f"{problem.full_name}: " if problem.full_name else ""
    line = " ".join(on_one_line(f"{subject}{WORDS[problem.kind].heading}").split())
    # A zero-width space after "@" keeps GitHub from notifying whoever has that name.
    return line.replace("`", "'").replace("@", "@\u200b")[:LONGEST_TITLE]


def message(notification: Notification, now: datetime) -> Message:
    """Return the texts of a notification, for issues and for a webhook."""
    # The next run finds by it what a killed run wrote, so that nothing is written twice.
    marker = _marker(notification.alert.problem)
    if notification.action is Action.OPEN:
        first, parts = f"<!-- {marker} -->", _opening(notification.alert)
    else:
        first, parts = f"<!-- {marker} #{notification.serial} -->", _comment(notification, now)
    return Message(
        marker=f"<!-- {marker} -->",
        title=title(notification.alert.problem),
        body="\n\n".join((first, *parts)),
        text=_text(notification, now),
    )


def _marker(problem: Problem) -> str:
    return f"contributor-backfill-alert: {problem.kind} {problem.repository_id or 'all'}"


def _opening(alert: Alert) -> Iterator[str]:
    problem = alert.problem
    words = WORDS[problem.kind]
    yield f"**{_severity(problem)}** {_subject(problem)}"
    yield words.what(problem)
    yield f"**Since** {at(_since(alert))}."
    yield f"**What it means** {words.meaning}"
    yield _next_step(problem)
    yield from _links(problem.detail)
    yield FOOTER


def _comment(notification: Notification, now: datetime) -> Iterator[str]:
    problem = notification.alert.problem
    if notification.action is Action.CLOSE:
        over = notification.alert.closed_at or now
        yield f"This is over: it was not found any more at {at(over)}."
        return
    if notification.action is Action.REOPEN:
        yield f"It is back, since {at(_since(notification.alert))}."
    else:
        yield "This has changed."
    yield WORDS[problem.kind].what(problem)
    yield _next_step(problem)
    yield from _links(problem.detail)


def _text(notification: Notification, now: datetime) -> str:
    """Return the message for a webhook, in which nothing is a mention, a link or an entity."""
    alert, problem = notification.alert, notification.alert.problem
    words = WORDS[problem.kind]
    lines = [f"contributor-backfill, {ACTIONS[notification.action].lower()}: {title(problem)}"]
    if notification.action is Action.CLOSE:
        lasted = duration((alert.closed_at or now) - alert.opened_at)
        lines.append(f"It lasted {lasted}.")
    else:
        lines.append(_without_markdown(words.what(problem)))
        lines.append(f"Since {at(_since(alert))}. {words.advice}: {_command(problem)}")
        lines.extend(_addresses(problem.detail))
    text = "\n".join(lines)[:LONGEST_TEXT]
    # Slack reads these three, and chat programs that take its JSON read the fourth.
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub("@\u200b?", "@\u200b", text)


def _severity(problem: Problem) -> str:
    return "Error" if problem.severity is Severity.ERROR else "Warning"


def _subject(problem: Problem) -> str:
    heading = plain(WORDS[problem.kind].heading)
    return f"{code(problem.full_name)}: {heading}" if problem.full_name else heading


def _since(alert: Alert) -> datetime:
    """Return when it began, or since when it is known."""
    return moment(alert.problem.detail.get("since")) or alert.opened_at


def _next_step(problem: Problem) -> str:
    return f"**Next step** {WORDS[problem.kind].advice}: {code(_command(problem))}"


def _command(problem: Problem) -> str:
    """Return the command, without a name that GitHub does not allow."""
    # People paste it into a shell.
    is_name = FULL_NAME.fullmatch(problem.full_name)
    return WORDS[problem.kind].step.format(
        repository=problem.full_name if is_name else "OWNER/NAME"
    )


def _links(detail: Mapping[str, Any]) -> Iterator[str]:
    links = [f"- <{address}>" for address in _addresses(detail)]
    if links:
        yield "\n".join(("**Runs**", "", *links))


def _addresses(detail: Mapping[str, Any]) -> list[str]:
    """Return the addresses of runs that belong to it, each once."""
    inner = detail.get("commands") or ()
    urls = [detail.get("url"), *(command.get("url") for command in inner)]
    found = [str(url) for url in urls if url and ADDRESS.fullmatch(str(url))]
    return list(dict.fromkeys(found))


def _without_markdown(text: str) -> str:
    return re.sub(r"\\([^\w\s])", r"\1", text)
