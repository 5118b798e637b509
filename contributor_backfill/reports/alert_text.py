"""What people are told of an alert: an issue's title and body, a comment, a line for a webhook."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from contributor_backfill.db.rows import moment
from contributor_backfill.domain.alerts import Action, Alert, Message, Tell, Trouble
from contributor_backfill.domain.redaction import on_one_line
from contributor_backfill.domain.runs import Severity
from contributor_backfill.reports.markdown import plain
from contributor_backfill.reports.trouble_words import WORDS, code
from contributor_backfill.reports.wording import at, duration

ADDRESS = re.compile(r"https?://[\w.:/-]+")
FULL_NAME = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
LONGEST_TITLE = 200
LONGEST_TEXT = 2_000
FOOTER = (
    "_Written by contributor-backfill. It says so when something changes, and closes this when it"
    " is over._"
)
ACTIONS = {
    Action.OPEN: "New",
    Action.REOPEN: "Again",
    Action.COMMENT: "Changed",
    Action.CLOSE: "Over",
}


def title(trouble: Trouble) -> str:
    """Return one line that says what is wrong, for a title: no Markdown is read there."""
    subject = f"{trouble.full_name}: " if trouble.full_name else ""
    line = " ".join(on_one_line(f"{subject}{WORDS[trouble.kind].heading}").split())
    return line.replace("`", "'").replace("@", "@\u200b")[:LONGEST_TITLE]


def message(tell: Tell, now: datetime) -> Message:
    """Return what is told, for issues and for a webhook."""
    marker = _marker(tell.alert.trouble)
    if tell.action is Action.OPEN:
        first, parts = f"<!-- {marker} -->", _opening(tell.alert)
    else:
        first, parts = f"<!-- {marker} #{tell.serial} -->", _comment(tell, now)
    return Message(
        marker=f"<!-- {marker} -->",
        title=title(tell.alert.trouble),
        body="\n\n".join((first, *parts)),
        text=_text(tell, now),
    )


def _marker(trouble: Trouble) -> str:
    return f"contributor-backfill-alert: {trouble.kind} {trouble.repository_id or 'all'}"


def _opening(alert: Alert) -> Iterator[str]:
    trouble = alert.trouble
    words = WORDS[trouble.kind]
    yield f"**{_severity(trouble)}** {_subject(trouble)}"
    yield words.what(trouble)
    yield f"**Since** {at(_since(alert))}."
    yield f"**What it means** {plain(words.meaning)}"
    yield _next_step(trouble)
    yield from _links(trouble.detail)
    yield FOOTER


def _comment(tell: Tell, now: datetime) -> Iterator[str]:
    trouble = tell.alert.trouble
    if tell.action is Action.CLOSE:
        over = tell.alert.closed_at or now
        yield f"This is over: it was not found any more at {at(over)}."
        return
    if tell.action is Action.REOPEN:
        yield f"It is back, since {at(_since(tell.alert))}."
    else:
        yield "This has changed."
    yield WORDS[trouble.kind].what(trouble)
    yield _next_step(trouble)
    yield from _links(trouble.detail)


def _text(tell: Tell, now: datetime) -> str:
    """Return the message for a webhook, in which nothing is a mention, a link or an entity."""
    alert, trouble = tell.alert, tell.alert.trouble
    words = WORDS[trouble.kind]
    lines = [f"contributor-backfill, {ACTIONS[tell.action].lower()}: {title(trouble)}"]
    if tell.action is Action.CLOSE:
        lasted = duration((alert.closed_at or now) - alert.opened_at)
        lines.append(f"It lasted {lasted}.")
    else:
        lines.append(_without_markdown(words.what(trouble)))
        lines.append(f"Since {at(_since(alert))}. {words.advice}: {_command(trouble)}")
        lines.extend(_addresses(trouble.detail))
    text = "\n".join(lines)[:LONGEST_TEXT]
    # Slack reads these three, and chat programs that take its JSON read the fourth.
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub("@\u200b?", "@\u200b", text)


def _severity(trouble: Trouble) -> str:
    return "Error" if trouble.severity is Severity.ERROR else "Warning"


def _subject(trouble: Trouble) -> str:
    heading = plain(WORDS[trouble.kind].heading)
    return f"{code(trouble.full_name)}: {heading}" if trouble.full_name else heading


def _since(alert: Alert) -> datetime:
    """Return when it began, or since when it is known."""
    return moment(alert.trouble.detail.get("since")) or alert.opened_at


def _next_step(trouble: Trouble) -> str:
    return f"**Next step** {plain(WORDS[trouble.kind].advice)}: {code(_command(trouble))}"


def _command(trouble: Trouble) -> str:
    """Return the command; a name that is none stays out of what people paste into a shell."""
    is_name = FULL_NAME.fullmatch(trouble.full_name)
    return WORDS[trouble.kind].step.format(
        repository=trouble.full_name if is_name else "OWNER/NAME"
    )


def _links(detail: Mapping[str, Any]) -> Iterator[str]:
    links = [f"- <{address}>" for address in _addresses(detail)]
    if links:
        yield "\n".join(("**Runs**", "", *links))


def _addresses(detail: Mapping[str, Any]) -> list[str]:
    """Return the addresses of runs that belong to it, each once."""
    inner = detail.get("commands") or ()
    urls = [detail.get("url"), *(each.get("url") for each in inner)]
    found = [str(url) for url in urls if url and ADDRESS.fullmatch(str(url))]
    return list(dict.fromkeys(found))


def _without_markdown(text: str) -> str:
    return re.sub(r"\\([^\w\s])", r"\1", text)
