"""Responses of the kinds that GitHub was recorded to give, through the commands that meet them."""

from pathlib import Path

import pytest

from contributor_backfill.db.gateway import Gateway
from tests.support.captures import REPOSITORY
from tests.support.databases import Database
from tests.support.entry import run_here
from tests.support.replaying import Recorded, replaying
from tests.support.workflow_events import REPOSITORY as SITE
from tests.support.workflow_events import begin

LIMITED = {
    "x-ratelimit-limit": "5000",
    "x-ratelimit-remaining": "0",
    "x-ratelimit-reset": "4102444800",
}
KINDS = {
    "no message": (Recorded.json({}, 400), 1),
    "no such token": (Recorded.json({"message": "Bad credentials", "status": "401"}, 401), 3),
    "an account that is locked": (
        Recorded.json({"message": "Max number of login attempt exceeded"}, 403),
        3,
    ),
    "no permission": (Recorded.json({"message": "Must have push access to view it."}, 403), 1),
    "the hour is spent": (
        Recorded(403, b'{"message": "API Rate Limit Exceeded for 192.0.2.1"}', LIMITED),
        0,
    ),
    "gone": (Recorded.json({"message": "Not Found", "status": "404"}, 404), 1),
    "refused": (
        Recorded.json({"message": "Validation Failed", "errors": [{"code": "invalid"}]}, 422),
        1,
    ),
    "another document": (Recorded.json({"total_count": 0, "workflow_runs": []}), 0),
    "an empty list": (Recorded.json([]), 0),
}


@pytest.mark.parametrize("kind", KINDS)
def test_comments_are_captured_or_the_reason_is_said(
    kind: str, variables: dict[str, str], tmp_path: Path, database: Database
) -> None:
    recorded, exit_code = KINDS[kind]
    run_here(variables, tmp_path, "track", REPOSITORY)

    with replaying(lambda _: recorded) as server:
        done = run_here(
            {**variables, "GITHUB_API_URL": server.url},
            tmp_path,
            *("capture-comments", "--repository", REPOSITORY, "--max-minutes", "0.01"),
        )

    said = done.output + done.talk
    assert done.exit_code == exit_code, said
    assert "Traceback" not in said
    assert ".." not in said
    assert database.value("select count(*) from backfill_runs where outcome is null") == 0


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"another document", "an empty list"}))
def test_runs_are_settled_or_the_reason_is_said(
    kind: str, variables: dict[str, str], tmp_path: Path, gateway: Gateway
) -> None:
    recorded, exit_code = KINDS[kind]
    begin(gateway, run_id=7)

    with replaying(lambda _: recorded) as server:
        done = run_here(
            {**variables, "GITHUB_API_URL": server.url},
            tmp_path,
            *("sync-runs", "--repository", SITE),
        )

    assert done.exit_code == exit_code, done
    assert "Traceback" not in done.talk
    assert ".." not in done.talk
