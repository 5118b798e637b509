"""People hear in time that GitHub is about to disable the workflows of a quiet repository."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from contributor_backfill.sandbox import Sandbox
from tests.support.alerting import MINUTE, ROOMY, counts, issues
from tests.support.captures import REPOSITORY
from tests.support.entry import Done
from tests.support.moved_time import MovedTime

DAY = 24 * 60 * MINUTE


@pytest.fixture
def quiet_for(sandbox: Sandbox) -> Callable[[float], None]:
    """Have the last push so many days ago."""

    def quiet(days: float) -> None:
        at = sandbox.clock.now() - timedelta(days=days)
        sandbox.change("push", repository=REPOSITORY, at=f"{at:%Y-%m-%dT%H:%M:%SZ}")

    return quiet


@pytest.mark.parametrize("days", [0, 44.9])
def test_a_repository_where_something_happens_is_no_problem(
    alert: Callable[..., Done], quiet_for: Callable[[float], None], days: float
) -> None:
    quiet_for(days)

    assert counts(alert(ROOMY)) == (0, 0, 0, 0)


def test_from_day_45_people_are_warned_every_few_days_until_something_is_pushed(
    alert: Callable[..., Done],
    time: MovedTime,
    sandbox: Sandbox,
    quiet_for: Callable[[float], None],
) -> None:
    quiet_for(45)

    assert counts(alert(ROOMY)) == (1, 0, 0, 0)
    (issue,) = issues(sandbox)
    assert issue["title"] == "GitHub is about to disable the workflows"
    assert "for 45 days" in issue["body"]
    assert "in 15 days" in issue["body"]
    told = []
    for _ in range(20):
        time.advance(DAY)
        told.append(counts(alert(ROOMY))[1])
    assert [day for day, many in enumerate(told, start=46) if many] == [50, 55, 60]

    sandbox.change("push", repository=REPOSITORY)
    alert(ROOMY)
    time.advance(31 * MINUTE)
    assert counts(alert(ROOMY)) == (0, 0, 1, 0)


def test_what_github_has_disabled_is_named_and_what_a_person_has_is_not(
    alert: Callable[..., Done], sandbox: Sandbox
) -> None:
    for file, state in (
        ("progressive-backfill.yml", "disabled_inactivity"),
        ("monitor.yml", "disabled_manually"),
        ("recovery.yml", "active"),
    ):
        sandbox.change("add_workflow", repository=REPOSITORY, file=file)
        sandbox.change("set_workflow_state", repository=REPOSITORY, workflow=file, state=state)

    assert counts(alert(ROOMY)) == (1, 0, 0, 0)

    (issue,) = issues(sandbox)
    assert issue["title"] == "GitHub has disabled workflows"
    assert "`progressive-backfill.yml`" in issue["body"]
    assert "monitor.yml" not in issue["body"]


def test_a_token_that_may_not_see_workflows_warns_all_the_same(
    alert: Callable[..., Done], sandbox: Sandbox, quiet_for: Callable[[float], None]
) -> None:
    sandbox.change("take_permission", permission="actions", level="read")
    quiet_for(50)

    assert counts(alert(ROOMY)) == (1, 0, 0, 0)
