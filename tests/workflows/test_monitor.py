"""The page is written by schedule, kept with its run, and published by consent alone."""

import pytest

from tests.workflows.conftest import Run
from tests.workflows.stand_ins import StandIns

CONSENT = {"CONTRIBUTOR_BACKFILL_PAGES": "on"}


@pytest.mark.usefixtures("tracked")
def test_the_page_is_kept_with_its_run_and_published_nowhere(run: Run) -> None:
    stand_ins = StandIns()

    done = run("monitor.yml", event="schedule", stand_ins=stand_ins)

    assert done.jobs["publish"] == []
    job = done.only("write")
    assert job.result == "success", [step.text for step in job.steps]
    assert "### At a glance" in job.step("Say the same on the page of this run").summary
    assert stand_ins.kept["monitor"]["index.html"].startswith(b"<!doctype html>")
    assert stand_ins.kept.keys() == {"monitor"}


@pytest.mark.usefixtures("tracked")
def test_with_consent_the_page_is_published_as_it_was_written(run: Run) -> None:
    stand_ins = StandIns()

    done = run("monitor.yml", event="schedule", stand_ins=stand_ins, variables=CONSENT)

    assert done.only("publish").result == "success"
    assert stand_ins.published is not None
    assert stand_ins.published.keys() == {"index.html"}
    assert b"octo-sandbox/rehearsal" in stand_ins.published["index.html"]
