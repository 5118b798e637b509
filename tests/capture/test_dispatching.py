"""No job is lost, and none is sent twice, by dispatchers beside each other or killed."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from threading import Thread
from unittest import mock

import pytest
import requests

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.domain.clock import SystemClock
from contributor_backfill.domain.jobs import JobType, Processor
from contributor_backfill.domain.routing import Verdict
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.operations.dispatch import (
    ActionsSender,
    Dispatcher,
    DispatchReport,
    InngestSender,
)
from contributor_backfill.sandbox import RepositoryOptions, Sandbox, World
from tests.support.databases import Database
from tests.support.jobs import FILES, INPUTS, add_job, add_repository, age, states

SITE, REPOSITORY = "me/site", "octo/cat"
MANY = 24


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(World.of([RepositoryOptions(SITE, pull_requests=0)])) as sandbox:
        for file in FILES:
            sandbox.change("add_workflow", repository=SITE, file=file, inputs=list(INPUTS))
        yield sandbox


@pytest.fixture
def jobs(gateway: Gateway, database: Database) -> list[str]:
    """Jobs, every second one for GitHub Actions."""
    add_repository(database, REPOSITORY)
    both = (Verdict.INNGEST, Verdict.GITHUB_ACTIONS)
    return [
        add_job(gateway, REPOSITORY, days=place + 1, to=both[place % 2]) for place in range(MANY)
    ]


def dispatching(gateway: Gateway, sandbox: Sandbox, holder: str) -> Dispatcher:
    client = GitHubClient(
        requests.Session,
        SystemClock(),
        token="any",
        graphql_url=sandbox.graphql_url,
        api_url=sandbox.url,
    )
    return Dispatcher(
        gateway,
        {
            Processor.GITHUB_ACTIONS: ActionsSender(client, SITE, "main"),
            Processor.INNGEST: InngestSender(SystemClock(), sandbox.url, "key"),
        },
        holder,
    )


def sent(sandbox: Sandbox) -> Counter[str]:
    """Return how often each job was really begun."""
    dispatched = Counter(str(dispatch["inputs"]["job_id"]) for dispatch in sandbox.dispatches(SITE))
    return dispatched + Counter(event["data"]["jobId"] for event in sandbox.inngest_events())


def test_two_dispatchers_at_once_send_each_job_once_through_faults(
    jobs: list[str], sandbox: Sandbox, database: Database
) -> None:
    sandbox.answer_inngest_with(503, 200, 429, "lost", 200, 500, "lost")
    sandbox.add_fault(
        {"kind": "bad_gateway_json", "when": {"rest_method": "POST"}, "every": 4, "times": 3}
    )
    reports: list[DispatchReport] = []

    def work(holder: str) -> None:
        transport = PostgresTransport(database.conninfo)
        try:
            reports.append(dispatching(Gateway(transport), sandbox, holder).run(MANY))
        finally:
            transport.close()

    for _ in range(3):
        threads = [Thread(target=work, args=(holder,)) for holder in ("one", "two")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        age(database, timedelta(minutes=20))

    assert len(reports) == 6
    assert all(report.handed for report in reports[:2]), "both had a part in it"
    assert sent(sandbox) == Counter(jobs)
    received = Counter(event["data"]["jobId"] for event in sandbox.inngest_events(received=True))
    assert max(received.values()) == 2, "a lost answer was sent again, under the same id"
    assert {(state, status) for state, status, _ in states(database)} == {("dispatched", "pending")}


@pytest.mark.parametrize("to", [Verdict.INNGEST, Verdict.GITHUB_ACTIONS])
def test_one_that_is_killed_between_sending_and_noting_sends_nothing_twice(
    gateway: Gateway, database: Database, sandbox: Sandbox, to: Verdict
) -> None:
    add_repository(database, REPOSITORY)
    job = add_job(gateway, REPOSITORY, to=to)
    with (
        mock.patch.object(gateway, "note_dispatch", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        dispatching(gateway, sandbox, "killed").run(5)

    at_once = dispatching(gateway, sandbox, "next").run(5)
    age(database, timedelta(minutes=6))
    later = dispatching(gateway, sandbox, "next").run(5)

    assert (at_once.handed, len(later.handed)) == ([], 1)
    assert later.handed[0].outcome == ("found" if to is Verdict.GITHUB_ACTIONS else "sent")
    assert sent(sandbox) == Counter([job])
    assert states(database) == [("dispatched", "pending", 0)]


def test_one_that_is_killed_before_sending_loses_nothing(
    gateway: Gateway, database: Database, sandbox: Sandbox
) -> None:
    add_repository(database, REPOSITORY)
    job = add_job(gateway, REPOSITORY, to=Verdict.GITHUB_ACTIONS)
    gateway.claim_job("killed", 60, Processor)

    age(database, timedelta(minutes=6))
    report = dispatching(gateway, sandbox, "next").run(5)

    assert [handover.outcome for handover in report.handed] == ["sent"]
    assert sent(sandbox) == Counter([job])


def test_a_strangers_run_with_the_jobs_id_in_its_title_is_not_taken_for_the_jobs(
    gateway: Gateway, database: Database, sandbox: Sandbox
) -> None:
    add_repository(database, REPOSITORY)
    job = add_job(gateway, REPOSITORY, to=Verdict.GITHUB_ACTIONS)
    with (
        mock.patch.object(ActionsSender, "send", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        dispatching(gateway, sandbox, "killed").run(5)
    sandbox.change(
        "add_workflow_run",
        repository=SITE,
        workflow="historical-pr-sync-graphql.yml",
        event="workflow_dispatch",
        status="in_progress",
        title=f"Sync what changed for job {job}",
        fork="stranger/site",
    )
    age(database, timedelta(minutes=6))

    report = dispatching(gateway, sandbox, "next").run(5)

    assert [handover.outcome for handover in report.handed] == ["sent"]
    assert sent(sandbox) == Counter([job])


def test_a_job_whose_workflow_is_disabled_waits_while_others_are_handed_over(
    gateway: Gateway, database: Database, sandbox: Sandbox
) -> None:
    add_repository(database, REPOSITORY)
    for days in (1, 2):
        add_job(gateway, REPOSITORY, days=days, to=Verdict.GITHUB_ACTIONS)
    backfill = add_job(
        gateway, REPOSITORY, job_type=JobType.PROGRESSIVE_BACKFILL, to=Verdict.GITHUB_ACTIONS
    )
    disabled = {"repository": SITE, "workflow": "historical-pr-sync-graphql.yml"}
    sandbox.change("set_workflow_state", **disabled, state="disabled_inactivity")

    for _ in range(6):
        report = dispatching(gateway, sandbox, "one").run(5)
        (fault,) = report.held.values()
        age(database, timedelta(minutes=16))

    assert "historical-pr-sync-graphql.yml of me/site is disabled" in fault.message
    assert fault.exit_code == 3
    assert report.faults == {}
    assert sent(sandbox) == Counter([backfill])
    assert [row for row in states(database) if row[0] == "waiting"] == [
        ("waiting", "pending", 0)
    ] * 2
    sandbox.change("set_workflow_state", **disabled, state="active")
    assert len(dispatching(gateway, sandbox, "one").run(5).handed) == 2


def test_jobs_wait_where_actions_are_switched_off(
    gateway: Gateway, database: Database, sandbox: Sandbox
) -> None:
    add_repository(database, REPOSITORY)
    add_job(gateway, REPOSITORY, to=Verdict.GITHUB_ACTIONS)
    sandbox.change("enable_actions", repository=SITE, enabled=False)

    report = dispatching(gateway, sandbox, "one").run(5)

    (fault,) = report.faults.values()
    assert (fault.exit_code, report.handed) == (3, [])
    assert "switched off in me/site" in fault.message
    assert states(database) == [("waiting", "pending", 0)]


def test_githubs_quota_and_permissions_count_against_no_job(
    gateway: Gateway, database: Database, sandbox: Sandbox
) -> None:
    add_repository(database, REPOSITORY)
    for days in (1, 2):
        add_job(gateway, REPOSITORY, days=days, to=Verdict.GITHUB_ACTIONS)
    codes = []
    for kind in ("rest_rate_limited", "forbidden_integration", "unauthorized"):
        sandbox.add_fault({"kind": kind, "when": {"rest_method": "POST"}, "times": 1})
        (fault,) = dispatching(gateway, sandbox, "one").run(5).faults.values()
        codes.append(fault.exit_code)

    assert codes == [0, 3, 3]
    assert states(database) == [("waiting", "pending", 0)] * 2
    assert len(dispatching(gateway, sandbox, "one").run(5).handed) == 2
