"""A text from outside is one line, and steers neither a terminal nor a runner."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.domain.redaction import harmless, one_line

HOSTILE = (
    "x\n::add-mask::secret",
    "x\r::stop-commands::y",
    "::set-env name=A::b",
    " \t::error::x",
    "a ##[add-mask]b",
    "\x1b]8;;https://evil\x07link\x1b]8;;\x07",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x9b2J\x1b[2J\x1b[H",
    "\u202eevil\u2066",
    "\ud800",
    "a\u2028b\x85c\x0bd",
)


def printable(text: str) -> str:
    return harmless(one_line(text))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_harmless(text: str) -> None:
    shown = printable(text)

    assert shown.isprintable()
    assert "##[" not in shown
    assert not shown.lstrip().startswith("::")


@given(st.text())
def test_any_text_is_one_line_without_commands(text: str) -> None:
    shown = printable(text)

    assert len(shown.splitlines()) <= 1
    assert "##[" not in shown
    assert not (shown.lstrip().startswith("::") and "::" in shown.lstrip()[2:])
    shown.encode()


@pytest.mark.parametrize(
    "text", ["", "café 👩‍💻 naïve", "std::vector<int>", "::1", "[/x] # [y]", "a  b"]
)
def test_ordinary_texts_stay(text: str) -> None:
    assert printable(text) == text
