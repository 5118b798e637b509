"""People hear of every problem in one issue, and of nothing twice."""

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.alerts import AlertState
from contributor_backfill.sandbox import RepositoryOptions, Sandbox
from contributor_backfill.sandbox.rest.documents import association
from tests.support.alerting import (
    FULL,
    HERE,
    HOSTILE,
    MINUTE,
    ROOMY,
    counts,
    issues,
    reject,
)
from tests.support.captures import REPOSITORY
from tests.support.commands import Commands
from tests.support.databases import Database
from tests.support.entry import Done
from tests.support.moved_time import MovedTime
from tests.support.pages import begin


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Kill runs when an issue is written and that is not yet noted, as long as it is entered."""
    note = Gateway.note_notification

    def dies(
        self: Gateway, token: Any, tell: Any, channel: str, state: AlertState, *rest: Any
    ) -> None:
        if state is AlertState.OPEN:
            raise KeyboardInterrupt
        note(self, token, tell, channel, state, *rest)

    @contextmanager
    def killing() -> Iterator[None]:
        with monkeypatch.context() as patch:
            patch.setattr(Gateway, "note_notification", dies)
            # A process that is killed does not give its lease back.
            patch.setattr(Gateway, "release_alert_lease", lambda *_: None)
            yield

    return killing


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


def test_an_issue_of_a_killed_run_is_closed_when_the_problem_is_over_meanwhile(
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
def test_a_request_that_came_through_without_its_response_is_not_repeated(
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


@pytest.fixture
def two_alerts(
    alert: Callable[..., Done], gateway: Gateway, database: Database, sandbox: Sandbox
) -> tuple[int, str]:
    """Two alerts that people were told of: the number of the first's issue, and its repository."""
    repository_ids = [
        begin(gateway, github_id=number, full_name=f"octo/r{number}") for number in (1, 2)
    ]
    for repository_id in repository_ids:
        add_reject(database, repository_id)
    assert counts(alert(ROOMY)) == (2, 0, 0, 0)
    for repository_id in repository_ids:
        add_reject(database, repository_id)
    (first,) = (issue for issue in issues(sandbox) if "octo/r1" in issue["title"])
    return first["number"], repository_ids[0]


def add_reject(database: Database, repository_id: str) -> None:
    database.rows(
        "insert into backfill_rejects (repository_id, kind, sqlstate, message, source)"
        " values (%s, 'comments', '23505', 'why', '{}')",
        repository_id,
    )


def test_a_locked_issue_is_passed_over_on_record_and_the_others_are_told(
    alert: Callable[..., Done],
    time: MovedTime,
    sandbox: Sandbox,
    database: Database,
    two_alerts: tuple[int, str],
) -> None:
    number, repository_id = two_alerts
    sandbox.change("lock_issue", repository=REPOSITORY, number=number)

    done = alert(ROOMY)

    assert counts(done) == (0, 1, 0, 1)
    assert f"Issue #{number} of {REPOSITORY} was passed over" in done.talk
    assert sum(len(issue["comments"]) for issue in issues(sandbox)) == 1
    assert "passed over" not in alert(ROOMY).talk, "it is tried again when something changes"

    database.rows("delete from backfill_rejects where repository_id = %s", repository_id)
    alert(ROOMY)
    time.advance(31 * MINUTE)
    assert f"#{number}" in alert(ROOMY).talk
    states = {issue["number"]: issue["state"] for issue in issues(sandbox)}
    assert states[number] == "CLOSED"


@pytest.mark.parametrize("to", ["octo/elsewhere", None])
def test_a_transferred_issue_is_left_alone_and_a_new_one_opened(
    alert: Callable[..., Done], sandbox: Sandbox, two_alerts: tuple[int, str], to: str | None
) -> None:
    number, _ = two_alerts
    if to:
        sandbox.world.invent(RepositoryOptions(to, pull_requests=0))
    sandbox.change("transfer_issue", repository=REPOSITORY, number=number, to=to)

    done = alert(ROOMY)

    assert counts(done) == (0, 2, 0, 0)
    assert "passed over" not in done.talk
    titles = [issue["title"] for issue in issues(sandbox) if issue["state"] == "OPEN"]
    assert len([title for title in titles if "octo/r1" in title]) == 1
    if to:
        (elsewhere,) = sandbox.issues(to)
        assert elsewhere["comments"] == []


def test_a_deleted_issue_is_opened_anew_and_the_others_are_told(
    alert: Callable[..., Done], sandbox: Sandbox, two_alerts: tuple[int, str]
) -> None:
    number, _ = two_alerts
    sandbox.change("delete_issue", repository=REPOSITORY, number=number)

    assert counts(alert(ROOMY)) == (0, 2, 0, 0)

    present = {issue["number"]: issue["title"] for issue in issues(sandbox)}
    assert number not in present
    assert len([title for title in present.values() if "octo/r1" in title]) == 1


def test_three_issues_that_take_no_comment_keep_nobody_from_hearing_of_a_fourth(
    alert: Callable[..., Done], sandbox: Sandbox, gateway: Gateway, database: Database
) -> None:
    repository_ids = [
        begin(gateway, github_id=number, full_name=f"octo/r{number}") for number in range(1, 6)
    ]
    for repository_id in repository_ids:
        add_reject(database, repository_id)
    alert(ROOMY)
    for issue in issues(sandbox)[:4]:
        sandbox.change("lock_issue", repository=REPOSITORY, number=issue["number"])
    for repository_id in repository_ids:
        add_reject(database, repository_id)

    assert counts(alert(ROOMY)) == (0, 1, 0, 4)


@pytest.mark.usefixtures("two_alerts")
def test_after_a_rename_of_the_repository_its_issues_are_still_its_own(
    alert: Callable[..., Done], sandbox: Sandbox
) -> None:
    sandbox.change("rename_repository", repository=REPOSITORY, new_name="octo/renamed")

    assert counts(alert(ROOMY)) == (0, 2, 0, 0)

    found = sandbox.issues("octo/renamed")
    assert [len(issue["comments"]) for issue in found] == [1, 1]


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
    assert "The next run sends 5 more." in first.talk
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
