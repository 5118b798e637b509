"""Text of strangers lands in Markdown, annotations and outputs as text."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from contributor_backfill.actions.runner import summary, tell
from contributor_backfill.domain.runs import Counts, Note, Outcome, RunEnd, RunReport, Severity
from contributor_backfill.reports.markdown import LONGEST, plain
from tests.support.runners import Runner

HOSTILE = "@everyone <script>alert(1)</script> `x` [a](javascript:b) ![i](//e) | \n# h\n::error::x"
TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""They turn the direction of a text, and are shown escaped."""
PLAIN_TOKENS = {"paragraph_open", "paragraph_close", "inline"}


def report(text: str, notes: int = 1) -> RunReport:
    told = tuple(Note(Severity.ERROR, text) for _ in range(notes))
    return RunReport("capture-chunk", text, RunEnd(Outcome.FAILED, text, 1, text, notes=told))


@given(st.text())
def test_any_text_is_one_paragraph_of_text(text: str) -> None:
    tokens = MarkdownIt("commonmark").parse("x " + plain(text))

    assert {token.type for token in tokens} == PLAIN_TOKENS
    (inline,) = (token for token in tokens if token.type == "inline")
    assert {child.type for child in inline.children or []} == {"text"} | (
        {"text_special"} & {child.type for child in inline.children or []}
    )


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters=TURNING)))
def test_what_is_shown_is_what_was_written(text: str) -> None:
    (_, inline, _) = MarkdownIt("commonmark").parse("x " + plain(text))
    seen = "".join(child.content for child in inline.children or [])

    assert seen.replace("@\u200b", "@").split() == ["x", *text.split()]


def test_nobody_is_mentioned() -> None:
    assert "@everyone" not in plain(HOSTILE)
    assert "@everyone" not in summary(report(HOSTILE))


def test_a_hostile_text_makes_no_second_annotation_or_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runner = Runner(tmp_path)
    for name, value in runner.variables.items():
        monkeypatch.setenv(name, value)

    tell(report(HOSTILE + "\nmore_work=true\nend"), {})

    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("::error title=contributor-backfill::@everyone")
    assert runner.outputs["more_work"] == "false"
    assert runner.outputs["stop_reason"].endswith("more_work=true\nend")
    assert "<script>" not in runner.summary


def test_a_summary_stays_below_what_the_runner_takes() -> None:
    text = summary(report("ä" * 200_000, notes=30))

    assert len(text.encode()) <= LONGEST


def test_outside_actions_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)

    tell(RunReport("track", "", RunEnd(Outcome.DONE, "finished"), Counts()), {"a": "b"})

    assert capsys.readouterr() == ("", "")
