"""People hear of a new alert, and again when something about it changed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.domain.alerts import (
    ESSENCES,
    MOST_OPENED,
    MOST_SENT,
    Action,
    Alert,
    AlertState,
    Kind,
    LastNotification,
    Problem,
    agenda,
    decide,
    fingerprint,
    size,
    without_varying,
)
from contributor_backfill.domain.runs import Severity

NOW = datetime(2026, 1, 1, tzinfo=UTC)
QUOTA = Problem(Kind.QUOTA, Severity.WARNING)
OPEN = Alert("1", QUOTA, AlertState.OPEN, "a", NOW)
CLOSED = replace(OPEN, state=AlertState.CLOSED, closed_at=NOW)
CHANNEL = "webhook"


def told(
    state: AlertState = AlertState.OPEN, fingerprint: str = "a", **changes: Any
) -> LastNotification:
    return replace(LastNotification(state, fingerprint, 1, NOW), **changes)


@pytest.mark.parametrize(
    ("alert", "telling", "action"),
    [
        (OPEN, None, Action.OPEN),
        (OPEN, told(), Action.NOTHING),
        (OPEN, told(fingerprint="b"), Action.COMMENT),
        (OPEN, told(AlertState.CLOSED), Action.REOPEN),
        # A run was killed before it knew whether the issue is open: the marker tells.
        (OPEN, told(AlertState.OPENING), Action.OPEN),
        (CLOSED, told(), Action.CLOSE),
        (CLOSED, told(fingerprint="b"), Action.CLOSE),
        (CLOSED, told(AlertState.OPENING), Action.CLOSE),
        (CLOSED, told(AlertState.CLOSED), Action.NOTHING),
        (CLOSED, None, Action.NOTHING),
        # Nobody needs to hear of what is not there just now.
        (replace(OPEN, is_present=False), None, Action.NOTHING),
        (replace(OPEN, is_present=False), told(AlertState.CLOSED), Action.NOTHING),
    ],
)
def test_what_is_told(alert: Alert, telling: LastNotification | None, action: Action) -> None:
    assert decide(alert, telling, NOW) is action


def test_what_swings_to_and_fro_is_told_once_a_day() -> None:
    telling = told(fingerprint="b", recent={"a": NOW})

    assert decide(OPEN, telling, NOW + timedelta(hours=23)) is Action.NOTHING
    assert decide(OPEN, telling, NOW + timedelta(hours=25)) is Action.COMMENT


@given(st.lists(st.sampled_from("abc"), max_size=96))
def test_a_day_of_changes_tells_each_of_them_once(states: list[str]) -> None:
    telling = told(recent={"a": NOW})
    comments = []
    for place, state in enumerate(states):
        now = NOW + timedelta(minutes=15 * place)
        if decide(replace(OPEN, fingerprint=state), telling, now) is Action.COMMENT:
            comments.append(state)
            telling = told(fingerprint=state, recent={**telling.recent, state: now})

    assert sorted(set(comments)) == sorted(comments)


def test_there_is_an_end_to_what_is_told_at_once() -> None:
    new = [
        replace(OPEN, alert_id=f"new {n}", problem=replace(QUOTA, severity=severity))
        for n in range(MOST_OPENED)
        for severity in (Severity.WARNING, Severity.ERROR)
    ]
    over = [
        replace(CLOSED, alert_id=f"over {n}", notifications={CHANNEL: told()}) for n in range(50)
    ]

    due = agenda([*new, *over], CHANNEL, NOW)

    opened = [tell.alert for tell in due.notifications if tell.action is Action.OPEN]
    assert len(opened) == MOST_OPENED
    assert {alert.problem.severity for alert in opened} == {Severity.ERROR}
    assert len(due.notifications) == MOST_SENT
    assert due.left == len(new) + len(over) - MOST_SENT


def test_each_channel_is_told_for_itself() -> None:
    alert = replace(OPEN, notifications={CHANNEL: told()})

    assert agenda([alert], CHANNEL, NOW).notifications == ()
    (tell,) = agenda([alert], "issues me/site", NOW).notifications
    assert (tell.action, tell.serial, tell.state) == (Action.OPEN, 1, AlertState.OPEN)


def test_every_kind_has_an_essence() -> None:
    assert set(ESSENCES) == set(Kind)


def of(kind: Kind, severity: Severity = Severity.WARNING, **detail: Any) -> str:
    return fingerprint(Problem(kind, severity, detail=detail))


@pytest.mark.parametrize(
    ("kind", "first", "same", "other"),
    [
        (
            Kind.FAILED,
            {"access": "gone", "error": "404 at 12:31:07 (0401:3A2F)", "since": "2026-01-01"},
            {"access": "gone", "error": "403 at 09:12:44 (09F1:88AA)", "since": "2026-01-02"},
            {"access": "forbidden", "error": "403 at 09:12:44 (09F1:88AA)"},
        ),
        (
            Kind.PAUSED_BY_ERRORS,
            {"error": "502 x", "pauses": 1},
            {"error": "504 x"},
            {"error": "y"},
        ),
        (
            Kind.ERRORS,
            {"parts": [{"what": "lists", "error": "x", "errors": 3}]},
            {"parts": [{"what": "lists", "error": "x", "errors": 9}]},
            {"parts": [{"what": "pull_requests", "error": "x", "errors": 3}]},
        ),
        (
            Kind.REJECTS,
            {"count": 4, "kinds": {"a": 4}},
            {"count": 7, "kinds": {"a": 7}},
            {"count": 8},
        ),
        (Kind.LOST_RUNS, {"count": 2}, {"count": 3}, {"count": 4}),
        (Kind.DEAD_CHUNKS, {"count": 2}, {"count": 3}, {"count": 4}),
        (
            Kind.FAILED_RUNS,
            {"commands": [{"command": "plan", "error": "x", "count": 3}]},
            {"commands": [{"command": "plan", "error": "x", "count": 30}]},
            {"commands": [{"command": "plan", "error": "y", "count": 3}]},
        ),
        (Kind.SILENCE, {"error": "a 1"}, {"error": "a 2", "repositories": 3}, {"error": "b"}),
        (Kind.DATABASE_SIZE, {"percent": 80}, {"percent": 84}, {"percent": 85}),
    ],
)
def test_a_change_is_what_a_person_would_call_one(
    kind: Kind, first: dict[str, Any], same: dict[str, Any], other: dict[str, Any]
) -> None:
    assert of(kind, **first) == of(kind, **same)
    assert of(kind, **first) != of(kind, **other)
    assert of(kind, **first) != of(kind, Severity.ERROR, **first)


@pytest.mark.parametrize("kind", [Kind.STUCK, Kind.QUOTA, Kind.SCHEDULE_LATE, Kind.NOTHING_STORED])
def test_what_is_there_or_not_never_changes(kind: Kind) -> None:
    assert of(kind, since="2026-01-01", runs=3) == of(kind, since="2026-01-02", runs=4)


@given(st.sampled_from(Kind), st.dictionaries(st.text(max_size=8), st.none() | st.text()))
def test_whatever_facts_are_missing_there_is_a_fingerprint(
    kind: Kind, detail: dict[str, Any]
) -> None:
    known = {"count", "percent", "kinds", "parts", "commands"}
    facts = {name: value for name, value in detail.items() if name not in known}

    assert len(of(kind, **facts)) == 16


@given(
    st.text(st.characters(exclude_categories=["Nd", "No", "Nl"])), st.integers(0), st.integers(0)
)
def test_numbers_are_no_part_of_an_error(text: str, one: int, two: int) -> None:
    assert without_varying(f"{text} {one}") == without_varying(f"{text} {two}")


@given(st.integers(1, 10**12))
def test_a_size_is_a_power_of_two(count: int) -> None:
    assert size(count) <= count < 2 * size(count)
    assert size(count).bit_count() == 1
    assert size(0) == 0
