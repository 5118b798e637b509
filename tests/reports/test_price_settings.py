"""A file of prices: what it replaces, what is shown of it, and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from contributor_backfill.cli.settings import Settings, from_variables
from contributor_backfill.domain.errors import InvalidInput, NotConfigured
from contributor_backfill.domain.prices import (
    DEFAULT_PRICES,
    GitHubPlan,
    InngestPlan,
    Runner,
    read_prices,
)

EXAMPLE = """
[actions]
runner = "windows"
plan = "team"
included_minutes = 500
[inngest]
steps_per_request = 2
[inngest.business]
dollars_per_month = 300
[host]
dollars_per_hour = 0.2
"""


def test_a_file_replaces_what_it_names_and_each_is_shown(tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(EXAMPLE)

    found = from_variables({"CONTRIBUTOR_BACKFILL_PRICES": str(file)}).prices()

    assert (found.runner, found.plan, found.included) == (Runner.WINDOWS, GitHubPlan.TEAM, 500)
    assert found.inngest[InngestPlan.BUSINESS].dollars_per_month == 300
    assert found.inngest[InngestPlan.PRO] == DEFAULT_PRICES.inngest[InngestPlan.PRO]
    assert (found.steps_per_request, found.host_dollars_per_hour) == (2, 0.2)
    assert found.overrides == (
        "actions.runner = windows",
        "actions.plan = team",
        "actions.included_minutes = 500",
        "inngest.steps_per_request = 2",
        "inngest.business.dollars_per_month = 300",
        "host.dollars_per_hour = 0.2",
    )


def test_without_a_file_the_defaults_hold() -> None:
    assert from_variables({}).prices() == DEFAULT_PRICES


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"action": {}}, "There is no price 'action'."),
        ({"actions": {"minutes": 1}}, "There is no price 'actions.minutes'."),
        ({"inngest": {"team": {}}}, "There is no price 'inngest.team'."),
        ({"inngest": {"pro": {"price": 1}}}, "There is no price 'inngest.pro.price'."),
        ({"actions": 6}, "actions is 6, and not a table."),
        ({"inngest": {"pro": []}}, "inngest.pro is [], and not a table."),
        ({"actions": {"runner": ["linux"]}}, "actions.runner is ['linux']."),
        ({"actions": {"plan": "gold"}}, "actions.plan is 'gold'."),
        ({"host": {"dollars_per_hour": -1}}, "host.dollars_per_hour is -1."),
        ({"host": {"dollars_per_hour": True}}, "host.dollars_per_hour is True."),
        ({"host": {"dollars_per_hour": float("nan")}}, "host.dollars_per_hour is nan."),
        ({"host": {"dollars_per_hour": float("inf")}}, "host.dollars_per_hour is inf."),
        ({"host": {"dollars_per_hour": 10**400}}, "host.dollars_per_hour is 1000"),
        ({"host": {"dollars_per_hour": "0.2"}}, "host.dollars_per_hour is '0.2'."),
    ],
)
def test_what_is_no_price_is_refused_by_name(document: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_prices(document)

    assert refused.value.message.startswith(says)
    assert refused.value.advice


@pytest.mark.parametrize(
    "content", [b"[actions", b"\xff\xfe", b"a = " + b"[" * 20_000, b"[actions]\nrunner = 1", None]
)
def test_a_file_that_is_none_is_told_in_a_sentence(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "prices.toml"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(NotConfigured) as refused:
        Settings(price_file=file).prices()

    assert str(file) in refused.value.message
