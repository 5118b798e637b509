"""A number that is a rule stands once, in `domain/policy.py`, also for the database."""

import re
from datetime import timedelta
from importlib import resources

import pytest

from contributor_backfill.db.migrations import steps
from contributor_backfill.domain import policy

ROOT = resources.files("contributor_backfill.db") / "sql"
ROOMS = ("alerts", "capture", "connections", "control", "jobs", "reports", "runs")
SPAN = re.compile(
    # `interval '1 day' * (…)` is a unit, and so is a day of a calendar.
    r"interval '[1-9][^']*'(?! \* \()(?<! months')(?<! month')(?<!'1 microsecond')"
    r"(?<!::timestamp - interval '1 day')|_seconds int default [1-9]"
)
MARK = re.compile(r"\{policy\.(\w+)\}")


@pytest.mark.parametrize("room", ROOMS)
def test_no_span_of_time_is_written_into_a_function(room: str) -> None:
    texts = {file.name: file.read_text(encoding="utf-8") for file in (ROOT / room).iterdir()}

    assert {name: SPAN.findall(text) for name, text in texts.items() if SPAN.search(text)} == {}


def test_what_the_database_gets_are_the_numbers_of_the_policy() -> None:
    functions = steps()[-1].text

    assert not MARK.search(functions)
    assert f"interval '{policy.RHYTHM // timedelta(hours=1)} hours'" in functions
    assert f"p_hours double precision default {policy.RHYTHM_HOURS}" in functions
    assert f"interval '{policy.OVERLAP // timedelta(minutes=1)} minutes'" in functions


def test_every_rule_that_a_function_names_is_a_number_or_a_span_of_time() -> None:
    texts = (file.read_text(encoding="utf-8") for room in ROOMS for file in (ROOT / room).iterdir())
    named = {name for text in texts for name in MARK.findall(text)}

    assert len(named) > 40
    assert {type(getattr(policy, name)) for name in named} == {int, float, timedelta}
