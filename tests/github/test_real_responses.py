"""Responses that GitHub really gave, as other projects recorded them, go through every parser.

The recordings are not part of this repository: they are read where they lie beside it, or where
`CONTRIBUTOR_BACKFILL_REAL_ANSWERS` says.
"""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

from contributor_backfill.domain.sources import BEGINNING
from contributor_backfill.github.actions import read_jobs, read_runs
from contributor_backfill.github.faults import (
    BadCredentials,
    Forbidden,
    GitHubFault,
    Gone,
    PrimaryLimit,
    SecondaryLimit,
    TooHeavy,
    Unavailable,
    Unusable,
)
from contributor_backfill.github.http import HttpResponse, RestResponse, parse_graphql, parse_rest
from contributor_backfill.github.review_comments import read_comments

BESIDE = Path(__file__).parents[2].parent / "shared" / "real-answers"
FOLDER = Path(os.environ.get("CONTRIBUTOR_BACKFILL_REAL_ANSWERS", BESIDE))
NOW = datetime(2026, 1, 1, tzinfo=UTC)
T = TypeVar("T")
EXPECTED: dict[int, tuple[type[GitHubFault], ...]] = {
    400: (Unusable,),
    401: (BadCredentials,),
    403: (BadCredentials, Forbidden, PrimaryLimit, SecondaryLimit, Unavailable),
    404: (Gone,),
    405: (Unusable,),
    409: (Unusable,),
    422: (Unusable,),
    429: (PrimaryLimit, SecondaryLimit),
    451: (Gone,),
    500: (TooHeavy,),
    502: (TooHeavy,),
    503: (Unavailable,),
}
BY_NAME: dict[str, type[GitHubFault]] = {
    "SWW_200_data_null": TooHeavy,
    "empty_200": TooHeavy,
    "max_nodes": TooHeavy,
    "resource_limits_partial": TooHeavy,
    "unknown_field_GHES": Unusable,
    "NOT_FOUND_repo": Gone,
    "SAML": Forbidden,
    "suspended": BadCredentials,
}

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the recordings are not at hand")


def recorded(folder: str, pattern: str = "*.json") -> list[Any]:
    files = sorted((FOLDER / folder).glob(pattern))
    return [pytest.param(file, id=file.stem) for file in files]


def recording(file: Path) -> HttpResponse:
    document = json.loads(file.read_text(encoding="utf-8"))
    headers = {name.lower(): str(value) for name, value in document["headers"].items()}
    body = document.get("json", document.get("body"))
    content = document.get("text") or json.dumps(body)
    return HttpResponse(document["status"], headers, content.encode())


def outcome_of(call: Callable[[], T]) -> T | GitHubFault:
    """Return what a call returns or the fault that it raises; anything else is a failure."""
    try:
        return call()
    except GitHubFault as fault:
        return fault


@pytest.mark.parametrize("file", recorded("errors"))
def test_each_error_of_rest_is_one_fault(file: Path) -> None:
    received = recording(file)

    with pytest.raises(EXPECTED[received.status]):
        parse_rest(received, NOW)


@pytest.mark.parametrize("file", recorded("graphql_errors"))
def test_each_response_of_graphql_is_data_or_one_fault(file: Path) -> None:
    received = recording(file)
    wanted: tuple[type[GitHubFault], ...] = EXPECTED.get(received.status, (GitHubFault,))
    if file.stem in BY_NAME:
        wanted = (BY_NAME[file.stem],)

    outcome = outcome_of(lambda: parse_graphql(received, NOW))

    if isinstance(outcome, GitHubFault):
        assert isinstance(outcome, wanted), outcome
    else:
        assert received.status == 200
        assert file.stem not in BY_NAME
        assert outcome.data


@pytest.mark.parametrize("file", recorded("lists", "pulls_comments_*.json"))
def test_each_list_of_review_comments_is_read_or_refused(file: Path) -> None:
    page = outcome_of(lambda: read_comments(parse_rest(recording(file), NOW), BEGINNING, 100))

    if not isinstance(page, GitHubFault):
        assert all(item.github_id for item in page.harvest.items)


@pytest.mark.parametrize("file", recorded("lists", "actions_runs_*.json"))
def test_each_list_of_runs_is_read_or_refused(file: Path) -> None:
    runs = outcome_of(lambda: read_runs(parse_rest(recording(file), NOW).document))

    if not isinstance(runs, GitHubFault):
        assert all(run.attempt.run_id for run in runs)


def test_a_hundred_real_review_comments_are_all_stored() -> None:
    documents = json.loads((FOLDER / "review_comments_real.json").read_text(encoding="utf-8"))
    documents.sort(key=lambda each: each["updated_at"])

    harvest = read_comments(
        RestResponse(documents, None, has_next_page=False), BEGINNING, 100
    ).harvest

    assert (len(harvest.items), harvest.unreadable) == (len(documents), ())


def test_a_real_page_of_jobs_is_read() -> None:
    jobs = json.loads((FOLDER / "workflow_jobs_real.json").read_text(encoding="utf-8"))

    assert len(read_jobs(jobs)) == len(jobs["jobs"])
