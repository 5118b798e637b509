"""Alerts and what people were told of them, over both transports."""

from datetime import timedelta
from typing import Any

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.alerts import (
    Action,
    Alert,
    AlertState,
    Kind,
    Notification,
    Problem,
)
from contributor_backfill.domain.errors import LeaseLost
from contributor_backfill.domain.runs import Severity
from contributor_backfill.domain.sources import Wanted
from contributor_backfill.domain.types import LeaseToken, RepositoryId
from tests.support.databases import Database
from tests.support.pages import begin

FULL = Problem(Kind.DATABASE_SIZE, Severity.WARNING, detail={"percent": 81, "bytes": 3})
CHANNEL = "issues me/site"
HOUR = 60


def claim(gateway: Gateway, holder: str = "one") -> LeaseToken:
    token = gateway.claim_alert_lease(holder).token
    assert token is not None
    return token


def observe(gateway: Gateway, *found: Problem, interval: float = 30) -> dict[str, Alert]:
    titled = [(problem, f"Title of {problem.kind}") for problem in found]
    alerts = gateway.observe_alerts(claim(gateway), titled, interval)
    return {alert.problem.kind: alert for alert in alerts}


def tell(
    gateway: Gateway, alert: Alert, action: Action, state: AlertState = AlertState.OPEN
) -> Notification:
    it = Notification(action, alert, alert.notifications.get(CHANNEL))
    gateway.note_notification(claim(gateway), it, CHANNEL, state, 7)
    return it


def later(database: Database, minutes: float) -> None:
    """Let everything on record be so much older."""
    columns = ("opened_at", "changed_at", "seen_at", "absent_since", "closed_at")
    moved = ", ".join(f"{c} = {c} - make_interval(secs => {minutes * 60})" for c in columns)
    database.rows(f"update backfill_alerts set {moved}")


def test_a_problem_is_read_as_it_is_found(either_gateway: Gateway) -> None:
    wanted = Wanted(sources=())

    (full,) = either_gateway.find_problems(wanted, 30, 1)

    assert (full.kind, full.severity, full.full_name) == (Kind.DATABASE_SIZE, Severity.ERROR, "")
    assert full.detail["limit_bytes"] == 1
    assert either_gateway.find_problems(wanted, 30, 0) == ()


def test_only_one_may_tell(either_gateway: Gateway, database: Database) -> None:
    first = either_gateway.claim_alert_lease("one")
    second = either_gateway.claim_alert_lease("two")

    assert first.token is not None
    assert (second.token, second.holder) == (None, "one")
    with pytest.raises(LeaseLost):
        either_gateway.hold_alert_lease(LeaseToken("6f1b0a52-3ac6-4b7e-9a55-0d8f0a5b3f63"))

    either_gateway.hold_alert_lease(first.token)
    either_gateway.release_alert_lease(first.token)
    assert either_gateway.claim_alert_lease("two").token is not None
    assert database.value("select count(*) from backfill_alert_lease") == 1


def test_the_right_passes_on_from_the_dead_and_from_the_late(
    either_gateway: Gateway, database: Database
) -> None:
    first = claim(either_gateway, "one")

    second = either_gateway.claim_alert_lease("two", ("one",)).token
    with pytest.raises(LeaseLost, match="two"):
        either_gateway.hold_alert_lease(first)
    database.rows("update backfill_alert_lease set expires_at = now()")
    third = either_gateway.claim_alert_lease("three").token

    assert None not in (second, third)
    assert second is not None
    with pytest.raises(LeaseLost):
        either_gateway.observe_alerts(second, [], 30)
    either_gateway.release_alert_lease(second)
    assert either_gateway.claim_alert_lease("four").token is None


def test_an_alert_is_one_row_however_often_it_is_seen(
    either_gateway: Gateway, database: Database
) -> None:
    repository_id = begin(either_gateway)
    mine = Problem(Kind.REJECTS, Severity.WARNING, repository_id, detail={"count": 1})

    for _ in range(2):
        found = observe(either_gateway, FULL, mine)

    assert database.value("select count(*) from backfill_alerts") == 2
    assert found[Kind.REJECTS].problem.repository_id == repository_id
    assert found[Kind.REJECTS].problem.full_name == "octo/one"
    assert found[Kind.DATABASE_SIZE].problem.detail == {"percent": 81, "bytes": 3}
    assert database.value("select title from backfill_alerts where kind = 'rejects'") == (
        "Title of rejects"
    )


def test_an_alert_is_over_after_an_interval_without_its_problem(
    either_gateway: Gateway, database: Database
) -> None:
    tell(either_gateway, observe(either_gateway, FULL)[Kind.DATABASE_SIZE], Action.OPEN)

    assert observe(either_gateway)[Kind.DATABASE_SIZE].is_present is False
    later(database, 29)
    assert observe(either_gateway)[Kind.DATABASE_SIZE].state is AlertState.OPEN
    later(database, 2)
    assert observe(either_gateway)[Kind.DATABASE_SIZE].state is AlertState.CLOSED


def test_a_problem_that_is_seen_again_begins_its_absence_anew(
    either_gateway: Gateway, database: Database
) -> None:
    observe(either_gateway, FULL)
    observe(either_gateway)
    later(database, 29)
    assert observe(either_gateway, FULL)[Kind.DATABASE_SIZE].is_present is True
    later(database, 29)

    assert observe(either_gateway)[Kind.DATABASE_SIZE].state is AlertState.OPEN


def test_long_after_the_last_look_one_look_closes_nothing(
    either_gateway: Gateway, database: Database
) -> None:
    observe(either_gateway, FULL)
    later(database, 60 * 24 * 3)

    assert observe(either_gateway)[Kind.DATABASE_SIZE].state is AlertState.OPEN


def test_what_comes_back_within_a_day_must_be_absent_twice_as_long(
    either_gateway: Gateway, database: Database
) -> None:
    for hold in (30, 60, 120):
        observe(either_gateway, FULL)
        observe(either_gateway)
        later(database, hold - 1)
        assert database.value("select state from backfill_alerts") == "open"
        observe(either_gateway)
        assert database.value("select state from backfill_alerts") == "open"
        later(database, 2)
        observe(either_gateway)
        assert database.value("select state from backfill_alerts") == "closed"

    later(database, 60 * 25)
    observe(either_gateway, FULL)
    assert database.value("select openings from backfill_alerts") == 1


def test_what_nobody_was_told_of_is_not_shown_when_it_is_over(
    either_gateway: Gateway, database: Database
) -> None:
    observe(either_gateway, FULL)
    observe(either_gateway)
    later(database, 31)

    assert observe(either_gateway) == {}
    assert database.value("select count(*) from backfill_alerts") == 1


def test_what_was_told_is_remembered_for_a_day(either_gateway: Gateway, database: Database) -> None:
    first = observe(either_gateway, FULL)[Kind.DATABASE_SIZE]
    tell(either_gateway, first, Action.OPEN)
    fuller = Problem(Kind.DATABASE_SIZE, Severity.WARNING, detail={"percent": 91})
    changed = observe(either_gateway, fuller)[Kind.DATABASE_SIZE]
    for _ in range(2):
        tell(either_gateway, changed, Action.COMMENT)

    telling = observe(either_gateway, fuller)[Kind.DATABASE_SIZE].notifications[CHANNEL]
    assert (telling.serial, telling.issue_number, telling.state) == (2, 7, AlertState.OPEN)
    assert telling.fingerprint == changed.fingerprint != first.fingerprint
    assert set(telling.recent) == {first.fingerprint, changed.fingerprint}

    database.rows(
        "update backfill_tellings set recent = jsonb_build_object('old', now() - interval '25 h')"
    )
    tell(either_gateway, changed, Action.COMMENT)
    telling = observe(either_gateway, fuller)[Kind.DATABASE_SIZE].notifications[CHANNEL]
    assert set(telling.recent) == {changed.fingerprint}
    assert telling.told_at - telling.recent[changed.fingerprint] < timedelta(seconds=1)


def test_a_repository_that_went_away_meanwhile_takes_its_alert_along(
    either_gateway: Gateway,
) -> None:
    gone = RepositoryId("6f1b0a52-3ac6-4b7e-9a55-0d8f0a5b3f63")

    assert observe(either_gateway, Problem(Kind.STUCK, Severity.ERROR, gone)) == {}


def test_kinds_of_a_later_version_are_left_alone(
    either_gateway: Gateway, database: Database
) -> None:
    values: dict[str, Any] = {"kind": "from_tomorrow", "title": "t", "fingerprint": "f"}
    database.rows(
        "insert into backfill_alerts (kind, title, fingerprint) values (%s, %s, %s)",
        *values.values(),
    )

    assert observe(either_gateway) == {}
