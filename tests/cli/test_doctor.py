"""`doctor` asks both of GitHub's APIs, and says what the token may not see."""

from pathlib import Path

import pytest

from tests.support.captures import REPOSITORY
from tests.support.databases import Database
from tests.support.entry import run_here
from tests.support.replaying import Recorded, replaying

REFUSED = Recorded.json({"message": "Bad credentials"}, status=401)
UNLIMITED = Recorded.json({"message": "Rate limiting is not enabled."}, status=404)
NOWHERE = Recorded.json({"message": "Not Found"}, status=404)


def test_doctor_says_what_both_apis_leave(variables: dict[str, str], tmp_path: Path) -> None:
    done = run_here(variables, tmp_path, "doctor")

    assert done.exit_code == 0, done.talk
    assert "points left until" in done.output
    assert "requests left until" in done.output


def test_a_token_that_only_graphql_takes_is_a_finding(
    variables: dict[str, str], tmp_path: Path
) -> None:
    with replaying(lambda _: REFUSED) as server:
        done = run_here({**variables, "GITHUB_API_URL": server.url}, tmp_path, "doctor")

    assert done.exit_code == 3
    assert "GraphQL takes this token, REST does not" in " ".join(done.output.split())
    assert "Not ready: REST." in done.talk


def test_a_token_that_only_rest_takes_is_a_finding(
    variables: dict[str, str], tmp_path: Path
) -> None:
    with replaying(lambda _: REFUSED) as server:
        done = run_here({**variables, "GITHUB_GRAPHQL_URL": server.url}, tmp_path, "doctor")

    assert done.exit_code == 3
    assert "REST takes this token, GraphQL does not" in " ".join(done.output.split())


@pytest.mark.parametrize(("answer", "exit_code"), [(UNLIMITED, 0), (NOWHERE, 3)])
def test_a_server_without_limits_is_none_at_the_wrong_address(
    answer: Recorded, exit_code: int, variables: dict[str, str], tmp_path: Path
) -> None:
    with replaying(lambda _: answer) as server:
        done = run_here({**variables, "GITHUB_API_URL": server.url}, tmp_path, "doctor")

    assert done.exit_code == exit_code, done.output


def test_a_permission_that_the_token_lacks_is_a_finding(
    variables: dict[str, str], tmp_path: Path, database: Database
) -> None:
    run_here(variables, tmp_path, "track", REPOSITORY)
    lacking = '{"contents: read": "2026-01-01"}'
    database.rows("update backfill_repositories set missing_permissions = %s", lacking)

    done = run_here(variables, tmp_path, "doctor")

    said = " ".join(done.output.replace("│", " ").split())
    assert done.exit_code == 0, done.talk
    assert f"no contents: read for {REPOSITORY}" in said
    assert "Give the token contents: read" in said


def test_a_token_that_nobody_takes_is_refused_by_both(
    variables: dict[str, str], tmp_path: Path
) -> None:
    done = run_here({**variables, "GITHUB_TOKEN": "expired"}, tmp_path, "doctor")

    assert "Not ready: token, REST." in done.talk


def test_the_token_of_each_owner_is_shown_with_its_limits_and_never_itself(
    variables: dict[str, str], tmp_path: Path
) -> None:
    planted = "ghs_planted4711planted"

    done = run_here({**variables, "GITHUB_TOKENS": f"acme={planted}"}, tmp_path, "doctor")

    said = " ".join(done.output.replace("│", " ").split())
    assert done.exit_code == 0, done.talk
    assert "token of acme" in said
    assert "quota of acme" in said
    assert "REST of acme" in said
    assert "planted" not in done.output + done.talk


def test_a_token_of_an_owner_that_github_refuses_is_named(
    variables: dict[str, str], tmp_path: Path
) -> None:
    done = run_here({**variables, "GITHUB_TOKENS": "acme=expired"}, tmp_path, "doctor")

    assert done.exit_code == 3
    assert "Not ready: token of acme, REST of acme." in done.talk
