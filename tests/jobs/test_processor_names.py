"""A job carries the names and fields that its processor expects."""

import pytest

from contributor_backfill.domain.jobs import (
    EVENTS,
    WORKFLOWS,
    Dispatch,
    Handover,
    Impossible,
    JobType,
    Processor,
    Work,
    dispatch_of,
    events_of,
)
from contributor_backfill.domain.types import Priority

WORK = Work("job-1", JobType.RECENT_PRS, "octo/cat", days=3, source="manual")


def handover(work: Work, repository_id: str | None = "repo-1") -> Handover:
    return Handover(
        work, Processor.INNGEST, repository_id, "own-1", "token", None, False, {4: "pull-4"}
    )


def test_a_sync_is_told_its_days_and_forced_when_a_person_asks() -> None:
    told = dispatch_of(WORK)

    inputs = {"job_id": "job-1", "repository": "octo/cat", "days": "3", "force": "true"}
    assert told == Dispatch("historical-pr-sync-graphql.yml", inputs)


def test_a_stranger_says_less() -> None:
    told = dispatch_of(Work("job-2", "historical_pr_sync", "octo/cat"))

    assert isinstance(told, Dispatch)
    assert told.inputs == {"job_id": "job-2", "repository": "octo/cat"}


def test_pull_requests_are_named_to_those_that_take_them() -> None:
    for job_type in JobType:
        told = dispatch_of(Work("job-3", job_type, "octo/cat", days=9, pr_numbers=(4, 5)))
        assert isinstance(told, Dispatch)
        is_list = job_type in {JobType.REVIEWS, JobType.COMMENTS}
        assert told.inputs.get("pr_numbers") == ("4,5" if is_list else None)
    assert WORKFLOWS.keys() == set(JobType)


def test_a_sync_is_one_event_in_the_sites_words() -> None:
    data = {
        "repositoryId": "repo-1",
        "repositoryName": "octo/cat",
        "priority": "medium",
        "reason": "manual",
        "jobId": "job-1",
        "days": 3,
    }
    event = {"id": "own-1", "name": "capture/repository.sync.graphql", "data": data}

    assert events_of(handover(WORK)) == [event]


def test_reviews_are_an_event_for_each_pull_request_with_an_id_of_its_own() -> None:
    work = Work("job-4", JobType.REVIEWS, "octo/cat", None, (4, 5), Priority.HIGH)

    events = events_of(handover(work))

    assert isinstance(events, list)
    assert [event["id"] for event in events] == ["own-1-4", "own-1-5"]
    assert {event["name"] for event in events} == {"capture/pr.reviews"}
    assert [event["data"].get("prId") for event in events] == ["pull-4", None]
    assert [event["data"]["prNumber"] for event in events] == [4, 5]


def test_reviews_are_told_by_the_names_that_the_function_in_production_reads_and_no_token() -> None:
    work = Work("job-4", JobType.REVIEWS, "octo/cat", None, (4,), Priority.HIGH)

    events = events_of(handover(work))

    assert isinstance(events, list)
    data = events[0]["data"]
    assert (data["owner"], data["repo"], data["pr_number"]) == ("octo", "cat", 4)
    assert (data["repositoryName"], data["prNumber"]) == ("octo/cat", 4)
    assert not [name for name in data if "token" in name.lower()]


@pytest.mark.parametrize(
    ("work", "repository_id"),
    [
        (Work("job-5", JobType.PROGRESSIVE_BACKFILL, "octo/cat"), "repo-1"),
        (Work("job-6", JobType.COMMENTS, "octo/cat"), "repo-1"),
        (Work("job-7", "summaries", "octo/cat"), "repo-1"),
        (WORK, None),
    ],
)
def test_what_inngest_cannot_do_says_why(work: Work, repository_id: str | None) -> None:
    assert isinstance(events_of(handover(work, repository_id)), Impossible)
    assert JobType.PROGRESSIVE_BACKFILL not in EVENTS


def test_an_unknown_type_is_no_workflows() -> None:
    assert dispatch_of(Work("job-8", "summaries", "octo/cat")) == Impossible(
        "GitHub Actions does no jobs of the type 'summaries'"
    )
