"""`alert` against a sandbox's issues and webhook: people hear of everything, nothing twice."""

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.alerting import AlertState
from contributor_backfill.sandbox import Sandbox, SandboxClock
from contributor_backfill.sandbox.service.rest_documents import association
from tests.support.captures import REPOSITORY
from tests.support.commands import Commands
from tests.support.databases import Database
from tests.support.moved_time import Done, MovedTime
from tests.support.pages import begin

HERE = ("alert", "--issues", REPOSITORY)
FULL = {"CONTRIBUTOR_BACKFILL_DATABASE_LIMIT_MB": "1"}
ROOMY = {"CONTRIBUTOR_BACKFILL_DATABASE_LIMIT_MB": "0"}
SECRET = "planted-4711"
MINUTE = 60
HOSTILE = "@everyone <script>`x`</script>\n::error::boom"


@pytest.fixture
def time(sandbox: Sandbox, database: Database, monkeypatch: pytest.MonkeyPatch) -> MovedTime:
    assert isinstance(sandbox.clock, SandboxClock)
    return MovedTime(sandbox.clock, database, monkeypatch)


@pytest.fixture
def alert(
    time: MovedTime, variables: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Done]:
    """Run `alert` at the moved time."""
    monkeypatch.chdir(tmp_path)

    def run(settings: dict[str, str], *options: str) -> Done:
        return time.run({**variables, **settings}, *HERE, *options)

    return run


@pytest.fixture
def webhook(sandbox: Sandbox) -> dict[str, str]:
    return {"CONTRIBUTOR_BACKFILL_ALERT_WEBHOOK": f"{sandbox.webhook_url}?{SECRET}"}


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Kill runs when an issue is written and that is not yet noted, as long as it is entered."""
    note = Gateway.note_telling

    def dies(
        self: Gateway, token: Any, tell: Any, channel: str, state: AlertState, *rest: Any
    ) -> None:
        if state is AlertState.OPEN:
            raise KeyboardInterrupt
        note(self, token, tell, channel, state, *rest)

    @contextmanager
    def killing() -> Iterator[None]:
        with monkeypatch.context() as patch:
            patch.setattr(Gateway, "note_telling", dies)
            # A process that is killed does not give its lease back.
            patch.setattr(Gateway, "release_alert_lease", lambda *_: None)
            yield

    return killing


def issues(sandbox: Sandbox) -> list[dict[str, Any]]:
    return sandbox.issues(REPOSITORY)


def counts(done: Done) -> tuple[int, ...]:
    assert done.exit_code == 0, done.talk
    return tuple(map(int, re.findall(r"\d+", done.output.splitlines()[0])))


def reject(database: Database, repository_id: str, many: int, message: str = "why") -> None:
    database.rows("delete from backfill_rejects")
    database.rows(
        "insert into backfill_rejects (repository_id, kind, github_id, sqlstate, message, source)"
        " select %s, 'comments', n, '23505', %s, %s from generate_series(1, %s) n",
        repository_id,
        message,
        Jsonb({}),
        many,
    )


def test_an_issue_is_opened_commented_on_closed_and_opened_again_over_a_day(
    alert: Callable[..., Done],
    time: MovedTime,
    sandbox: Sandbox,
    gateway: Gateway,
    database: Database,
    webhook: dict[str, str],
) -> None:
    repository_id = begin(gateway, full_name="octo/one")
    database.rows("update progressive_backfill_state set status = 'paused'")
    told: list[tuple[int, str]] = []
    for place in range(96):
        if place == 20:
            reject(database, repository_id, 1)
        if place in {40, 41, 42}:
            reject(database, repository_id, 3 + place % 2)
        if place == 60:
            database.rows("delete from backfill_rejects")
        if place == 80:
            reject(database, repository_id, 1)
        done = alert({**webhook, **ROOMY})
        assert done.exit_code == 0, done.talk
        told += [(place, w["text"].split(":")[0]) for w in sandbox.webhooks()[len(told) :]]
        time.advance(15 * MINUTE)

    assert told == [
        (20, "contributor-backfill, new"),
        (40, "contributor-backfill, changed"),
        (41, "contributor-backfill, changed"),
        (62, "contributor-backfill, over"),
        (80, "contributor-backfill, again"),
    ]
    (issue,) = issues(sandbox)
    assert (issue["state"], issue["labels"]) == ("OPEN", ["contributor-backfill"])
    assert issue["title"] == "octo/one: rows could not be stored"
    assert [c["body"].partition("\n\n")[2].split(":")[0][:15] for c in issue["comments"]] == [
        "This has change",
        "This has change",
        "This is over",
        "It is back, sin",
    ]


def test_standard_output_counts_and_lists_what_was_told(
    alert: Callable[..., Done], time: MovedTime
) -> None:
    assert alert(ROOMY).output == "opened 0, changed 0, closed 0, unchanged 0\n"

    opened = alert(FULL)
    assert counts(opened) == (1, 0, 0, 0)
    assert re.search(r"^opened  error  database_size  .* #\d+$", opened.output, re.MULTILINE)
    assert counts(alert(FULL)) == (0, 0, 0, 1)
    assert counts(alert(ROOMY)) == (0, 0, 0, 1)
    time.advance(31 * MINUTE)
    assert counts(alert(ROOMY)) == (0, 0, 1, 0)
    assert counts(alert(ROOMY)) == (0, 0, 0, 0)

    document = json.loads(alert(FULL, "--json").output)
    assert (document["opened"], document["problems"]) == (1, [])
    (one,) = document["alerts"]
    assert (one["kind"], one["action"], one["severity"]) == ("database_size", "opened", "error")


def test_a_run_that_is_killed_before_it_noted_the_issue_doubles_none(
    alert: Callable[..., Done], time: MovedTime, sandbox: Sandbox, killed: Callable[..., Any]
) -> None:
    with killed():
        assert alert(FULL).exit_code == 130
    assert len(issues(sandbox)) == 1

    time.advance(15 * MINUTE)
    assert counts(alert(FULL)) == (1, 0, 0, 0)
    assert counts(alert(FULL)) == (0, 0, 0, 1)
    assert len(issues(sandbox)) == 1


def test_an_issue_of_a_killed_run_is_closed_when_the_trouble_is_over_meanwhile(
    alert: Callable[..., Done], time: MovedTime, sandbox: Sandbox, killed: Callable[..., Any]
) -> None:
    with killed():
        alert(FULL)
    for _ in range(2):
        time.advance(31 * MINUTE)
        done = alert(ROOMY)

    assert counts(done) == (0, 0, 1, 0)
    (issue,) = issues(sandbox)
    assert issue["state"] == "CLOSED"


def test_a_comment_of_a_killed_run_is_not_doubled(
    alert: Callable[..., Done],
    time: MovedTime,
    sandbox: Sandbox,
    gateway: Gateway,
    database: Database,
    killed: Callable[..., Any],
) -> None:
    repository_id = begin(gateway, full_name="octo/one")
    database.rows("update progressive_backfill_state set status = 'paused'")
    reject(database, repository_id, 1)
    alert(ROOMY)
    reject(database, repository_id, 9)
    with killed():
        assert alert(ROOMY).exit_code == 130

    time.advance(15 * MINUTE)
    assert counts(alert(ROOMY)) == (0, 1, 0, 0)

    (issue,) = issues(sandbox)
    assert len(issue["comments"]) == 1


@pytest.mark.parametrize("kind", ["truncated_json", "cut_connection"])
def test_a_request_that_came_through_without_its_answer_is_not_repeated(
    alert: Callable[..., Done],
    sandbox: Sandbox,
    gateway: Gateway,
    database: Database,
    kind: str,
) -> None:
    rule = {"kind": kind, "when": {"rest_method": "POST", "rest_path": "/issues"}, "times": 1}
    repository_id = begin(gateway, full_name="octo/one")
    database.rows("update progressive_backfill_state set status = 'paused'")
    reject(database, repository_id, 1)
    sandbox.add_fault(rule)

    assert counts(alert(ROOMY)) == (1, 0, 0, 0)
    sandbox.add_fault(rule)
    reject(database, repository_id, 9)
    assert counts(alert(ROOMY)) == (0, 1, 0, 0)

    (issue,) = issues(sandbox)
    assert len(issue["comments"]) == 1


def test_of_two_at_once_one_tells(
    commands: Commands, sandbox: Sandbox, webhook: dict[str, str]
) -> None:
    both = Commands({**commands.variables, **FULL, **webhook}, commands.directory)
    with ThreadPoolExecutor() as pool:
        ended = list(pool.map(lambda _: both.run(*HERE), range(2)))

    assert [done.returncode for done in ended] == [0, 0], [done.stderr for done in ended]
    assert len(issues(sandbox)) == 1
    assert len(sandbox.webhooks()) == 1


def test_a_run_whose_lease_has_passed_on_tells_no_more(
    alert: Callable[..., Done],
    sandbox: Sandbox,
    database: Database,
    webhook: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hold = Gateway.hold_alert_lease

    def late(self: Gateway, token: Any) -> None:
        database.rows("update backfill_alert_lease set holder = 'two', token = gen_random_uuid()")
        hold(self, token)

    monkeypatch.setattr(Gateway, "hold_alert_lease", late)

    done = alert({**webhook, **FULL})

    assert done.exit_code == 0
    assert "passed to two" in done.talk
    assert len(issues(sandbox)) == 1
    assert sandbox.webhooks() == []


def test_a_stranger_cannot_put_an_issue_in_the_place_of_ours(
    alert: Callable[..., Done], sandbox: Sandbox
) -> None:
    body = "<!-- contributor-backfill-alert: database_size all -->\n\nNothing to see."
    repository = sandbox.world.find(REPOSITORY)
    assert repository is not None
    strangers = [i for i in repository.source.lists.people.users if association(i) == "NONE"]
    stranger = sandbox.world.account(strangers[0])
    assert stranger is not None
    sandbox.change(
        "add_issue", repository=REPOSITORY, title="Mine", body=body, login=stranger.login
    )

    assert counts(alert(FULL)) == (1, 0, 0, 0)

    assert [issue["title"] for issue in issues(sandbox)] == ["Mine", "the database is nearly full"]


def test_an_issue_that_somebody_deleted_is_opened_anew(
    alert: Callable[..., Done], sandbox: Sandbox, database: Database
) -> None:
    alert(FULL)
    database.rows("update backfill_tellings set issue_number = 999999, fingerprint = 'x'")
    database.rows("update backfill_tellings set recent = '{}'")
    (first,) = issues(sandbox)
    sandbox.change(
        "update_issue", repository=REPOSITORY, number=first["number"], set={"state": "CLOSED"}
    )

    assert counts(alert(FULL)) == (0, 1, 0, 0)
    assert len(issues(sandbox)) == 2


def test_at_most_twenty_are_opened_at_a_time_and_the_rest_is_said(
    alert: Callable[..., Done], sandbox: Sandbox, gateway: Gateway, database: Database
) -> None:
    for number in range(1, 26):
        repository_id = begin(gateway, github_id=number, full_name=f"octo/r{number}")
        database.rows(
            "insert into backfill_rejects (repository_id, kind, sqlstate, message, source)"
            " values (%s, 'comments', '23505', 'why', '{}')",
            repository_id,
        )

    first = alert(ROOMY)
    assert counts(first) == (20, 0, 0, 5)
    assert "5 more are told by the next run." in first.talk
    second = alert(ROOMY)
    assert counts(second) == (5, 0, 0, 20)
    assert "told by the next run" not in second.talk
    assert len(issues(sandbox)) == 25


def test_hostile_names_and_errors_land_as_data(
    alert: Callable[..., Done],
    sandbox: Sandbox,
    gateway: Gateway,
    database: Database,
    webhook: dict[str, str],
) -> None:
    repository_id = begin(gateway, full_name="octo/one")
    reject(database, repository_id, 1, HOSTILE)
    database.rows("update repositories set full_name = %s", HOSTILE)

    done = alert({**webhook, **ROOMY})

    assert done.exit_code == 0, done.talk
    (issue,) = issues(sandbox)
    (sent,) = sandbox.webhooks()
    for text in (issue["title"], issue["body"], sent["text"], done.output, done.talk):
        assert "@everyone" not in text
        assert "\n::error::" not in text
    assert "<script>" not in sent["text"]
    assert re.sub(r"`[^`\n]*`", "", issue["body"]).count("<") == issue["body"].count(r"\<") + 1 + (
        issue["body"].count("<http")
    )


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
    assert "The next run tells." in done.talk
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
