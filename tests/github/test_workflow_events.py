"""Events of workflow runs and jobs, read from their bytes."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.domain.workflow_runs import WorkflowAttempt
from contributor_backfill.github.actions import read_event, read_jobs, read_runs
from contributor_backfill.github.faults import Unusable
from tests.support.workflow_events import (
    ENDED,
    RUN_ID,
    encoded,
    job_event,
    mutated,
    run_event,
    shared_payloads,
)


def damage(event: dict[str, Any], path: str, value: Any) -> bytes:
    holder, keys = event, path.split(".")
    for key in keys[:-1]:
        holder = holder[key]
    holder[keys[-1]] = value
    return encoded(event)


def test_a_run_event_says_which_run_and_how_it_stands() -> None:
    event = read_event(encoded(run_event("completed", "success")))

    assert (event.kind, event.action) == ("workflow_run", "completed")
    assert event.observation.attempt == WorkflowAttempt("me/site", RUN_ID, 1)
    assert event.observation.names[:2] == ("progressive-backfill.yml", "Progressive backfill")
    assert event.observation.state is not None
    assert event.observation.state.completed_at == ENDED


def test_a_job_event_says_which_job_and_how_it_stands() -> None:
    event = read_event(encoded(job_event("completed", "failure")))

    (job,) = event.observation.jobs
    assert event.observation.attempt == WorkflowAttempt("me/site", RUN_ID, 1)
    assert (job.job_id, job.runner, job.conclusion) == (52_001, "GitHub Actions 12", "failure")
    assert job.completed_at == ENDED


def test_a_job_that_waits_was_not_started_although_github_writes_a_time() -> None:
    (job,) = read_event(encoded(job_event("queued"))).observation.jobs

    assert (job.started_at, job.runner, job.conclusion) == (None, "", None)


def test_what_a_run_calls_is_among_its_names() -> None:
    called = "me/tool/.github/workflows/capture-pr-chunk.yml@v1"
    event = run_event("requested", referenced_workflows=[{"path": called, "sha": "0" * 40}])

    assert called in read_event(encoded(event)).observation.names


def test_a_conclusion_that_is_not_known_yet_is_kept() -> None:
    event = read_event(encoded(run_event("completed", "exploded")))

    assert event.observation.state is not None
    assert event.observation.state.conclusion == "exploded"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("workflow_run.id", None),
        ("workflow_run.id", "77"),
        ("workflow_run.id", True),
        ("workflow_run.id", 2**63),
        ("workflow_run.run_attempt", 0),
        ("workflow_run.run_attempt", 2**31),
        ("workflow_run.status", None),
        ("workflow_run.status", "x" * 101),
        ("workflow_run.conclusion", 1),
        ("workflow_run.updated_at", "yesterday"),
        ("workflow_run.updated_at", "2026-01-05T07:37:00"),
        ("workflow_run.updated_at", "9999-12-31T23:59:59Z"),
        ("workflow_run.html_url", ["https://github.com"]),
        ("workflow_run.referenced_workflows", {}),
        ("workflow_run", []),
        ("repository.full_name", "../../etc"),
        ("repository.full_name", "me/site/more"),
        ("repository.full_name", "me/.."),
        ("repository", None),
        ("action", ""),
    ],
)
def test_a_damaged_field_is_named(path: str, value: Any) -> None:
    with pytest.raises(Unusable, match=path.replace(".", r"\.")):
        read_event(damage(run_event("completed", "success"), path, value), "workflow_run")


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b"[" * 100_000, b"\xff\xfe\x00", b"1"])
def test_what_is_no_event_at_all_is_said_in_a_sentence(body: bytes) -> None:
    with pytest.raises(Unusable, match=r"event is not JSON|event is no object"):
        read_event(body)


def test_another_kind_of_event_is_not_taken_for_one_of_these() -> None:
    with pytest.raises(Unusable, match="none of workflow_run or workflow_job"):
        read_event(encoded({"zen": "Keep it simple.", "hook_id": 1}))


def test_an_address_that_is_no_link_is_left_out() -> None:
    event = run_event("requested", html_url="javascript:alert(1)")
    observation = read_event(encoded(event)).observation

    assert observation.state is not None
    assert observation.state.url == ""


@given(seed=st.integers(0, 2**32))
def test_a_mutated_event_is_read_or_refused_in_a_sentence(seed: int) -> None:
    chance = random.Random(seed)
    event = chance.choice([run_event("completed", "success"), job_event("in_progress")])
    said = ""
    try:
        read_event(mutated(encoded(event), chance))
    except Unusable as error:
        said = str(error)

    assert said.isprintable()
    assert len(said) < 300


@pytest.mark.parametrize("document", [None, [], {"workflow_runs": {}}, {"workflow_runs": [1]}])
def test_a_damaged_list_of_runs_is_refused(document: Any) -> None:
    with pytest.raises(Unusable):
        read_runs(document)


@pytest.mark.parametrize("document", [None, {"jobs": 1}, {"jobs": [{}]}])
def test_a_damaged_list_of_jobs_is_refused(document: Any) -> None:
    with pytest.raises(Unusable):
        read_jobs(document)


@pytest.mark.skipif(not shared_payloads(), reason="GitHub's own examples are not at hand")
def test_githubs_own_examples_are_read_whole() -> None:
    for file in shared_payloads():
        event = read_event(file.read_bytes())
        state = event.observation.state

        assert state is not None
        assert event.action == file.name.split("-")[1]
        assert all((state.workflow, state.event, state.status, state.url, state.started_at))
