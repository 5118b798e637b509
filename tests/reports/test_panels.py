"""Panels say each figure once, in words that are true of the worst case too."""

from dataclasses import replace
from datetime import timedelta

import pytest

from contributor_backfill.db.gateway.snapshot import CaptureDay
from contributor_backfill.reports.html import page, render
from contributor_backfill.reports.markdown import snapshot_summary
from contributor_backfill.reports.model import Figure, Panel, State
from contributor_backfill.reports.panels import panels
from contributor_backfill.reports.panels.glance import fleet_forecast
from contributor_backfill.reports.repository_words import next_step
from contributor_backfill.reports.snapshot import Snapshot
from tests.support.made_snapshots import DAY, HOUR, NOW, empty_snapshot, full_snapshot

FULL = full_snapshot()


def panel(snapshot: Snapshot, key: str) -> Panel:
    return next(one for one in panels(snapshot) if one.key == key)


def figure(snapshot: Snapshot, key: str, label: str) -> Figure:
    return next(figure for figure in panel(snapshot, key).figures if figure.label == label)


def test_actions_share_of_nothing_is_a_share_and_no_lack_of_data() -> None:
    routed = replace(FULL, routing=replace(FULL.routing, share=0.0, window_jobs=3))

    assert panel(routed, "processors").lead == (
        "GitHub Actions does 0.0 % of the work of 3 jobs, outside its target of 20 % to 30 %."
    )


def test_while_routing_is_stopped_jobs_are_said_to_wait() -> None:
    stopped = replace(FULL, routing=replace(FULL.routing, is_stopped=True))

    for text in (render(page(stopped)), snapshot_summary(stopped)):
        assert "jobs wait until" in text
        assert "goes to Inngest" not in text
    assert figure(stopped, "processors", "Jobs that wait for a decision").state is State.WATCH


def test_a_run_that_failed_at_a_page_is_one_failure() -> None:
    (group, *_) = FULL.runs.errors
    both = replace(
        FULL.runs,
        errors=(replace(group, count=12), replace(group, kind="page", count=9)),
    )

    shown = figure(replace(FULL, runs=both), "runs", "Runs that failed, 30 days")

    assert (shown.value, shown.note) == ("19", "and 9 pages failed and tried again")


def test_every_state_that_needs_somebody_is_said_by_more_than_colour() -> None:
    text = render(page(FULL))

    assert '<div class="act">' in text
    assert "🔴" in snapshot_summary(FULL)


def test_what_needs_a_person_is_named_with_its_reason() -> None:
    needs = panel(FULL, "now").tables[0]

    assert needs.rows[0][0].text == "all repositories"
    assert all(why.text for _, why in needs.rows)
    assert figure(FULL, "now", "Needs you").state is State.ACT
    assert panel(empty_snapshot(), "now").figures == ()


def test_the_same_reason_is_said_wherever_a_repository_is_incomplete() -> None:
    incomplete = next(r for r in FULL.backfills.repositories if r.state == "incomplete")
    why = next_step(incomplete, NOW)

    assert " and " in why
    assert why in snapshot_summary(FULL).replace("\\", "")
    assert why in render(page(FULL))


@pytest.mark.parametrize(
    ("brought", "is_known"),
    [((100, 100, 100), True), ((100,), False), ((100, 100, 0), False)],
)
def test_the_fleet_is_done_by_the_last_full_days_unless_they_contradict(
    brought: tuple[int, ...], is_known: bool
) -> None:
    days = tuple(
        CaptureDay((NOW - n * DAY).date(), many, 0, 0, 0, 0, 1, None)
        for n, many in zip(range(len(brought), 0, -1), brought, strict=True)
    )
    snapshot = replace(FULL, captures=replace(FULL.captures, days=days))

    done = fleet_forecast(snapshot)

    assert (done is not None) == is_known
    if done:
        left = sum(
            r.pull_requests.total - r.pull_requests.stored
            for r in snapshot.backfills.repositories
            if r.state == "active"
        )
        assert abs(done.at - (NOW + timedelta(days=left / 100))) < HOUR


def test_a_silent_schedule_with_work_left_needs_a_person() -> None:
    old = tuple(replace(run, started_at=NOW - DAY, ended_at=NOW - DAY) for run in FULL.runs.recent)
    (command,) = FULL.runs.commands
    runs = replace(FULL.runs, recent=old, commands=(replace(command, running=0),))

    assert figure(replace(FULL, runs=runs), "now", "Captured today").state is State.ACT
    assert figure(FULL, "now", "Captured today").state is State.GOOD
