"""Figures in the documents are those that a command printed, and the command still exists."""

import json
import re
from pathlib import Path

import pytest

from scripts import figures

TEMPLATE = """\
<!-- figures
It takes {{ speed.seconds | whole }} s.
-->

It takes 3 s.

<!-- end of figures -->
"""


def test_no_figure_in_the_pages_was_changed_by_hand() -> None:
    assert [*figures.stale_pages()] == []


def test_each_command_that_printed_figures_exists_with_its_options() -> None:
    assert [*figures.broken_commands()] == []


def test_a_figure_that_was_changed_by_hand_is_seen() -> None:
    sections = {"speed": {"command": ["scripts/bench"], "figures": {"seconds": 3.2}}}

    assert figures.filled(TEMPLATE, sections) == TEMPLATE
    assert figures.filled(TEMPLATE.replace("takes 3", "takes 2"), sections) == TEMPLATE


@pytest.mark.parametrize(
    "command",
    [
        ["scripts/bench", "--only", "dreams"],
        ["scripts/bench", "--never"],
        ["scripts/bench_of_yesterday.py"],
        ["contributor-backfill", "conjure"],
    ],
)
def test_a_command_that_is_gone_is_seen(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "figures.json"
    kept.write_text(json.dumps({"speed": {"command": command, "figures": {}}}), encoding="utf-8")
    monkeypatch.setattr(figures, "RECORDED", kept)

    (found,) = figures.broken_commands()
    assert found.startswith("speed: ")


def test_each_measuring_command_that_a_page_names_exists() -> None:
    for page in figures.PAGES:
        text = " ".join(page.read_text(encoding="utf-8").split())
        for command in re.findall(r"scripts/bench[\w.]*(?: --?[\w-]+(?: [\w./-]+)?)*", text):
            words = re.sub(r"--(lists|dataset) \S+", r"--\1 .", command).split()
            assert figures.complaint("shown", words) is None, f"{page.name}: {command}"
