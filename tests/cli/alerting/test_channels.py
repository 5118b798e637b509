"""A message that cannot be sent is reported as such, and sent later."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from contributor_backfill.sandbox import Sandbox
from tests.support.alerting import (
    FULL,
    HERE,
    SECRET,
    counts,
    issues,
)
from tests.support.captures import REPOSITORY
from tests.support.commands import Commands
from tests.support.entry import Done
from tests.support.moved_time import MovedTime


def test_a_webhook_that_fails_is_told_later_and_issues_go_on(
    alert: Callable[..., Done], sandbox: Sandbox, webhook: dict[str, str]
) -> None:
    sandbox.answer_webhooks_with(500)
    failed = alert({**webhook, **FULL}, "--json")
    assert failed.exit_code == 1
    assert "The webhook took no message: it answered 500." in failed.talk
    assert len(issues(sandbox)) == 1
    assert len(sandbox.webhooks()) == 1

    sandbox.answer_webhooks_with(200)
    for _ in range(2):
        assert alert({**webhook, **FULL}).exit_code == 0
    assert len(sandbox.webhooks()) == 2
    assert len(issues(sandbox)) == 1


def test_the_webhooks_address_is_nowhere(
    alert: Callable[..., Done], sandbox: Sandbox, everything: Callable[[], list[object]]
) -> None:
    for address in (
        f"https://127.0.0.1:9/{SECRET}",
        f"http://hooks.example/{SECRET}",
        f"https://hooks.example:{SECRET}/",
    ):
        done = alert({"CONTRIBUTOR_BACKFILL_ALERT_WEBHOOK": address, **FULL}, "--json")

        assert done.exit_code in {1, 3}
        assert "webhook" in done.talk.lower()
        assert SECRET not in done.output + done.talk
    assert SECRET not in str(everything())
    assert SECRET not in str(issues(sandbox))


def test_a_token_without_the_permission_is_told_which_one_it_needs(
    alert: Callable[..., Done], sandbox: Sandbox, webhook: dict[str, str]
) -> None:
    sandbox.change("take_permission", permission="issues", level="write")

    done = alert({**webhook, **FULL})

    assert done.exit_code == 1
    assert f"This token may not write issues in {REPOSITORY}" in done.talk
    assert "issues: write" in done.talk
    assert len(sandbox.webhooks()) == 1


def test_issues_that_are_disabled_are_named(alert: Callable[..., Done], sandbox: Sandbox) -> None:
    sandbox.change("enable_issues", repository=REPOSITORY, enabled=False)

    done = alert(FULL)

    assert done.exit_code == 1
    assert f"Issues are disabled in {REPOSITORY}" in done.talk
    assert "issues: write" in done.talk


def test_a_repository_that_is_not_there_is_named(
    time: MovedTime, variables: dict[str, str], sandbox: Sandbox
) -> None:
    done = time.run({**variables, **FULL}, "alert", "--issues", "octo/nowhere")

    assert done.exit_code == 1
    assert "octo/nowhere" in done.talk
    assert issues(sandbox) == []


def test_a_limit_of_githubs_is_waited_for_until_the_next_run(
    alert: Callable[..., Done], sandbox: Sandbox
) -> None:
    sandbox.add_fault({"kind": "rest_rate_limited", "when": {"rest_method": "POST"}, "times": 9})
    done = alert(FULL)
    assert done.exit_code == 0
    assert "The next run notifies people." in done.talk
    assert issues(sandbox) == []

    sandbox.clear_faults()
    assert counts(alert(FULL)) == (1, 0, 0, 0)


def test_a_dry_run_tells_nobody_and_writes_nothing(
    commands: Commands, sandbox: Sandbox, webhook: dict[str, str], everything: Any
) -> None:
    full = Commands({**commands.variables, **FULL, **webhook}, commands.directory)
    before, asked = everything(), sandbox.counters()["requests"]

    done = full.run(*HERE, "--dry-run")
    as_json = full.run(*HERE, "--dry-run", "--json")

    assert done.stdout == "error  database_size  the database is nearly full\n1 found.\n"
    (found,) = json.loads(as_json.stdout)
    assert found["kind"] == "database_size"
    assert everything() == before
    assert sandbox.counters()["requests"] == asked
    assert sandbox.webhooks() == []


def test_without_a_token_the_webhook_alone_is_told(
    commands: Commands, sandbox: Sandbox, webhook: dict[str, str]
) -> None:
    variables = {**commands.variables, **FULL, **webhook, "GITHUB_TOKEN": ""}

    done = Commands(variables, commands.directory).run(*HERE)

    assert done.returncode == 0, done.stderr
    assert "GITHUB_TOKEN is not set: no issues are opened" in done.stderr
    assert len(sandbox.webhooks()) == 1
    assert issues(sandbox) == []


@pytest.mark.parametrize(
    ("missing", "arguments", "named"),
    [("GITHUB_TOKEN", HERE, "GITHUB_TOKEN"), ("", ("alert",), "--issues OWNER/NAME")],
)
def test_with_nobody_to_tell_it_is_not_configured(
    commands: Commands, missing: str, arguments: tuple[str, ...], named: str
) -> None:
    variables = {name: v for name, v in commands.variables.items() if name != missing}

    done = Commands(variables, commands.directory).run(*arguments)

    assert done.returncode == 3
    assert named in done.stderr


@pytest.mark.parametrize("limit", ["-1", "lots", "1e9", "0.5"])
def test_a_limit_that_is_none_is_named(commands: Commands, limit: str) -> None:
    variables = {**commands.variables, "CONTRIBUTOR_BACKFILL_DATABASE_LIMIT_MB": limit}

    done = Commands(variables, commands.directory).run(*HERE, "--dry-run")

    assert done.returncode == 3
    assert limit in done.stderr
