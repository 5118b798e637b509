"""People read of an alert in plain text, and strangers cannot put anything else into it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contributor_backfill.domain.alerts import (
    Action,
    Alert,
    AlertState,
    Kind,
    LastNotification,
    Message,
    Notification,
    Problem,
)
from contributor_backfill.domain.runs import Severity
from contributor_backfill.domain.types import RepositoryId
from contributor_backfill.reports.alert_text import message, title
from contributor_backfill.reports.problem_words import WORDS

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
RUN = "https://github.com/me/site/actions/runs/7/attempts/1"
ID = RepositoryId("6f1b0a52-3ac6-4b7e-9a55-0d8f0a5b3f63")
HOSTILE = (
    "@everyone <script>alert(1)</script> `x` ![i](https://evil.example)\n::error::\n# 1 <!channel>"
)
FACTS: dict[str, Any] = {
    "access": "gone",
    "error": HOSTILE,
    "errors": 3,
    "count": 3,
    "percent": 81,
    "bytes": 405_000_000,
    "limit_bytes": 500_000_000,
    "since": "2026-01-01T10:00:00+00:00",
    "last_at": "2026-01-01T10:00:00+00:00",
    "outcome": "failed",
    "command": HOSTILE,
    "kinds": {HOSTILE: 2},
    "parts": [{"what": HOSTILE, "error": HOSTILE, "errors": 3}],
    "commands": [{"command": HOSTILE, "error": HOSTILE, "count": 3, "url": RUN}],
    "url": RUN,
}
TELLING = LastNotification(AlertState.OPEN, "b", 4, NOW)


def tell(
    kind: Kind, action: Action = Action.OPEN, full_name: str = "octo/one", **facts: Any
) -> Message:
    problem = Problem(kind, Severity.ERROR, ID, full_name, {**FACTS, **facts})
    is_over = action is Action.CLOSE
    state = AlertState.CLOSED if is_over else AlertState.OPEN
    alert = Alert(
        "1", problem, state, "a", NOW - timedelta(hours=2), closed_at=NOW if is_over else None
    )
    return message(Notification(action, alert, None if action is Action.OPEN else TELLING), NOW)


def test_every_kind_has_words() -> None:
    assert set(WORDS) == set(Kind)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("action", [Action.OPEN, Action.REOPEN, Action.COMMENT, Action.CLOSE])
def test_whatever_strangers_wrote_is_text(kind: Kind, action: Action) -> None:
    facts: dict[str, Any] = {"parts": [HOSTILE]} if kind is Kind.STUCK else {}
    name = "octo/`one`\n@everyone <b>"

    told = tell(kind, action, name, **facts)

    first_line, _, visible = told.body.partition("\n")
    assert re.fullmatch(r"<!-- contributor-backfill-alert: \w+ [\w-]+( #\d+)? -->", first_line)
    written = visible.replace(f"<{RUN}>", "")
    outside = re.sub(r"`[^`\n]*`", "", written)
    assert not re.search(r"(?<!\\)[<>]|@(?!\u200b)|(?<!\\)!\\?\[", outside)
    assert "\n::error::" not in told.body
    assert "\n# 1" not in told.body
    assert "`" not in told.title
    assert "\n" not in told.title
    assert not re.search("@(?!\u200b)", told.title)
    assert not re.search("[<>]|@(?!\u200b)", told.text)
    assert not re.search("&(?!amp;|lt;|gt;)", told.text)


@pytest.mark.parametrize("kind", Kind)
def test_an_issue_says_what_since_when_what_it_means_and_what_to_do(kind: Kind) -> None:
    facts: dict[str, Any] = {"parts": ["backfill"]} if kind is Kind.STUCK else {}
    body = tell(kind, **facts).body

    assert body.startswith(f"<!-- contributor-backfill-alert: {kind} {ID} -->\n\n**Error** ")
    assert "**Since** 2026-01-01 10:00 UTC." in body
    assert "**What it means** " in body
    assert "**Next step** " in body
    assert "`contributor-backfill " in body
    assert body.count(RUN) == 1


def test_what_is_missing_leaves_no_hole() -> None:
    for kind in Kind:
        problem = Problem(kind, Severity.WARNING)
        alert = Alert("1", problem, AlertState.OPEN, "a", NOW)
        told = message(Notification(Action.OPEN, alert, None), NOW)

        assert "None" not in told.body
        assert f"{kind} all -->" in told.body
        assert "**Since** 2026-01-01 12:00 UTC." in told.body


def test_a_command_is_ready_to_be_pasted_and_holds_nothing_else() -> None:
    assert "`contributor-backfill track octo/one`" in tell(Kind.FAILED).body
    assert "track OWNER/NAME" in tell(Kind.FAILED, full_name="o/$(rm -rf .)").body


def test_a_command_within_a_sentence_is_shown_as_code() -> None:
    assert "`queue --revive JOB` puts one back." in tell(Kind.DEAD_JOBS).body


def test_an_address_that_is_none_of_a_run_is_left_out() -> None:
    body = tell(Kind.QUOTA, url="javascript:alert(1)", commands=[]).body

    assert "javascript" not in body
    assert "**Runs**" not in body


def test_a_comment_is_numbered_so_that_it_is_written_once() -> None:
    body = tell(Kind.QUOTA, Action.COMMENT).body

    assert body.startswith(
        f"<!-- contributor-backfill-alert: quota {ID} #5 -->\n\nThis has changed."
    )


def test_the_end_says_so_and_no_more() -> None:
    told = tell(Kind.QUOTA, Action.CLOSE)

    assert "This is over: it was not found any more at 2026-01-01 12:00 UTC." in told.body
    assert told.text == (
        "contributor-backfill, over: octo/one: GitHub's quota is empty\nIt lasted 2 h 0 min."
    )


def test_a_long_error_is_cut() -> None:
    told = tell(Kind.PAUSED_BY_ERRORS, error="x" * 100_000)

    assert len(told.body) < 3_000
    assert len(told.text) < 3_000


def test_a_title_is_what_and_where() -> None:
    assert title(Problem(Kind.SILENCE, Severity.ERROR)) == "no run succeeds"
    assert title(Problem(Kind.FAILED, Severity.ERROR, ID, "octo/one")) == "octo/one: cannot be read"
