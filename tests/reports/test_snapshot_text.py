"""The snapshot as text: on terminals of any width, and in Markdown that trusts no text."""

import io
import re

import pytest
from markdown_it import MarkdownIt
from rich.cells import cell_len
from rich.console import Console

from contributor_backfill.reports.markdown import snapshot_summary
from contributor_backfill.reports.panels import panels
from contributor_backfill.reports.snapshot import Snapshot
from contributor_backfill.reports.terminal.panels import print_snapshot, watch_snapshot
from tests.support.made_snapshots import empty_snapshot, full_snapshot, hostile_snapshot


def printed(snapshot: Snapshot, width: int) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False, force_terminal=True, no_color=True)
    print_snapshot(console, snapshot)
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 200])
def test_no_line_is_longer_than_the_terminal_is_wide(width: int) -> None:
    for snapshot in (full_snapshot(), hostile_snapshot(), empty_snapshot()):
        lines = re.sub(r"\x1b\[[0-9;]*m", "", printed(snapshot, width)).splitlines()

        assert max(map(cell_len, lines)) <= width


def test_a_wide_terminal_shows_columns_that_a_narrow_one_has_no_room_for() -> None:
    narrow, wide = printed(full_snapshot(), 80), printed(full_snapshot(), 200)

    assert "why it ended" in wide
    assert "why it ended" not in narrow


def test_without_colour_nothing_but_bold_is_left_and_every_state_is_a_word() -> None:
    text = printed(full_snapshot(), 200)

    assert set(re.findall(r"\x1b\[[0-9;]*m", text)) <= {"\x1b[1m", "\x1b[0m"}
    assert all(f" {line.state} " in text for line in full_snapshot().backfills.repositories[:5])


def test_no_text_of_a_stranger_steers_the_terminal() -> None:
    sequences = set(
        re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f][^m]{0,5}", printed(hostile_snapshot(), 200))
    )

    assert {sequence[:2] for sequence in sequences} <= {"\x1b["}


def test_every_panel_says_that_it_has_no_data() -> None:
    leads = {panel.title: panel.lead for panel in panels(empty_snapshot())}

    assert len(leads) == 9
    assert {title for title, lead in leads.items() if not lead.startswith("No data")} == set()


def test_the_live_view_shows_each_new_snapshot_until_it_is_interrupted() -> None:
    out = io.StringIO()
    console = Console(file=out, width=80, height=200, force_terminal=True)
    taken = iter([empty_snapshot(), full_snapshot()])
    waits = iter([None])

    def wait() -> None:
        if next(waits, "over") == "over":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watch_snapshot(console, lambda: next(taken), wait)

    text = out.getvalue()
    assert "no repository is tracked" in text
    assert full_snapshot().backfills.repositories[0].full_name in text
    assert text.endswith(("\x1b[?25h\x1b[?1049l", "\x1b[?1049l\x1b[?25h"))


def test_hostile_texts_make_no_markup_in_the_summary() -> None:
    parser = MarkdownIt("commonmark").enable("table")
    hostile, harmless = (
        parser.parse(snapshot_summary(snapshot))
        for snapshot in (hostile_snapshot(), full_snapshot())
    )

    def kinds(tokens: list[object]) -> set[str]:
        children = [c for t in tokens for c in (getattr(t, "children", None) or [])]
        return {str(getattr(token, "type", "")) for token in (*tokens, *children)}

    assert kinds([*hostile]) - kinds([*harmless]) <= {"text_special"}
    assert not {"html_block", "html_inline", "link_open", "image"} & kinds([*hostile])
    assert "@everyone" not in snapshot_summary(hostile_snapshot())


def test_every_row_of_a_table_in_the_summary_has_a_cell_for_each_column() -> None:
    text = snapshot_summary(hostile_snapshot())
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)

    assert tables
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1


def test_the_live_view_fits_the_terminal_and_says_what_is_below() -> None:
    out = io.StringIO()
    console = Console(file=out, width=80, height=20, force_terminal=True, no_color=True)

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watch_snapshot(console, full_snapshot, stop)

    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", out.getvalue())
    assert "lines below" in shown
    assert shown.count("\n") <= 20


def test_the_first_panel_answers_five_questions() -> None:
    glance = panels(full_snapshot())[0]

    assert [figure.label for figure in glance.figures] == [
        "Stored",
        "Needs you",
        "Captured today",
        "Done",
        "Cost",
    ]
