"""Jobs from `enqueue` over `route` to `dispatch`, as a user sees it."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.jobs import JobType
from contributor_backfill.domain.routing import Verdict
from contributor_backfill.sandbox import RepositoryOptions, Sandbox, World
from tests.support.captures import REPOSITORY
from tests.support.commands import Commands, variables_for
from tests.support.databases import Database
from tests.support.entry import Done, run_here
from tests.support.jobs import FILES, INPUTS, add_job, add_repository, age, states

SITE, KEY = "me/site", "planted-key-4711"
PLACE = ("--repository", SITE, "--reference", "main")


class Jobs:
    """Commands about jobs of one repository."""

    def __init__(self, sandbox: Sandbox, database: Database, directory: Path) -> None:
        self.said: list[str] = []
        self._directory = directory
        self.variables = {
            **variables_for(sandbox, database),
            "INNGEST_BASE_URL": sandbox.url,
            "INNGEST_EVENT_KEY": KEY,
        }

    def run(self, *arguments: str, **variables: str) -> Done:
        """Run a command to its end; an empty variable is not set."""
        environment = Commands({**self.variables, **variables}, self._directory).environment
        done = run_here(environment, self._directory, *arguments)
        self.said += [done.output, done.talk]
        return done


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(
        World.of([RepositoryOptions(SITE, pull_requests=0)]), bad_tokens=frozenset({"expired"})
    ) as sandbox:
        for file in FILES:
            sandbox.change("add_workflow", repository=SITE, file=file, inputs=list(INPUTS))
        yield sandbox


@pytest.fixture
def jobs(sandbox: Sandbox, database: Database, tmp_path: Path) -> Jobs:
    add_repository(database, REPOSITORY)
    return Jobs(sandbox, database, tmp_path)


def test_a_job_goes_from_enqueue_to_its_processor_once(
    jobs: Jobs, sandbox: Sandbox, database: Database
) -> None:
    def add(*arguments: str) -> Done:
        return jobs.run("enqueue", "--repository", REPOSITORY, *arguments)

    first = add("--type", "progressive-backfill")
    again = add("--type", "progressive-backfill", "--json")
    second = add("--type", "recent-prs", "--days", "1", "--priority", "high")
    jobs.run("route", "--exclude", REPOSITORY)
    decided = jobs.run("route")
    shown = jobs.run("queue")
    rehearsed = jobs.run("dispatch", "--dry-run", *PLACE)
    sent = [jobs.run("dispatch", *PLACE), jobs.run("dispatch", *PLACE)]

    backfill, recent = first.output.strip(), second.output.strip()
    assert json.loads(again.output) == {
        "job_id": backfill,
        "is_new": False,
        "status": "pending",
        "repository": REPOSITORY,
    }
    assert "2 decided: GitHub Actions 1, Inngest 1." in decided.talk
    assert shown.output.index(recent) < shown.output.index(backfill)
    assert rehearsed.output.splitlines() == [
        f"{recent}  recent-prs of {REPOSITORY} to Inngest",
        f"{backfill}  progressive-backfill of {REPOSITORY} to GitHub Actions",
    ]
    assert sent[0].output.splitlines() == [
        f"{recent}  recent-prs of {REPOSITORY}: handed to Inngest.",
        f"{backfill}  progressive-backfill of {REPOSITORY}: handed to GitHub Actions.",
    ]
    assert sent[1].output == "No job waits to be handed over.\n"
    assert [dispatch["inputs"]["job_id"] for dispatch in sandbox.dispatches(SITE)] == [backfill]
    assert [event["data"]["jobId"] for event in sandbox.inngest_events(received=True)] == [recent]
    assert {row["outcome"] for row in database.rows("select outcome from backfill_runs")} == {
        "done"
    }


def test_where_no_job_waits_nothing_is_recorded_and_nobody_is_asked(
    jobs: Jobs, sandbox: Sandbox, database: Database
) -> None:
    asked = sandbox.counters()["requests"]

    for command in ("route", "dispatch"):
        assert jobs.run(command, GITHUB_TOKEN="", INNGEST_EVENT_KEY="").exit_code == 0

    assert database.value("select count(*) from backfill_runs") == 0
    assert sandbox.counters()["requests"] == asked


def test_without_a_key_jobs_of_inngest_wait_and_the_variable_is_named(
    jobs: Jobs, gateway: Gateway, database: Database
) -> None:
    add_job(gateway, REPOSITORY, to=Verdict.INNGEST)

    done = jobs.run("dispatch", *PLACE, INNGEST_EVENT_KEY="")

    assert done.exit_code == 0
    assert done.talk == "INNGEST_EVENT_KEY is not set; waiting for Inngest: 1 job.\n"
    assert states(database) == [("waiting", "pending", 0)]


def test_a_wrong_key_stops_inngest_and_not_github_and_is_never_shown(
    jobs: Jobs, gateway: Gateway, database: Database, sandbox: Sandbox
) -> None:
    add_job(gateway, REPOSITORY, days=1, to=Verdict.INNGEST)
    add_job(gateway, REPOSITORY, days=2, to=Verdict.INNGEST)
    add_job(gateway, REPOSITORY, days=3, to=Verdict.GITHUB_ACTIONS)

    done = jobs.run("dispatch", *PLACE, INNGEST_EVENT_KEY="expired")

    assert done.exit_code == 3
    assert "INNGEST_EVENT_KEY" in done.talk
    assert "expired" not in done.talk + done.output
    assert [state[0] for state in states(database)] == ["waiting", "waiting", "dispatched"]
    assert len(sandbox.dispatches(SITE)) == 1


def test_the_key_is_in_no_output_and_no_table_whatever_goes_wrong(
    jobs: Jobs, gateway: Gateway, database: Database, sandbox: Sandbox
) -> None:
    sandbox.answer_inngest_with(500, 302, "lost", 400)
    for days in range(1, 5):
        add_job(gateway, REPOSITORY, days=days, to=Verdict.INNGEST)

    done = [jobs.run("dispatch", *PLACE), jobs.run("dispatch", "--json", *PLACE)]
    jobs.run("dispatch", *PLACE, INNGEST_BASE_URL="http://127.0.0.1:9")
    jobs.run("dispatch", *PLACE, INNGEST_BASE_URL="not an address")
    jobs.run("queue", "--json")

    assert [result.exit_code for result in done] == [3, 1]
    assert not any(KEY in words for words in jobs.said)
    for table in ("backfill_jobs", "backfill_runs", "progressive_capture_jobs"):
        assert not any(KEY in str(row) for row in database.rows(f"select * from {table}"))


def test_a_dead_letter_fails_the_run_and_a_person_puts_it_back(
    jobs: Jobs, gateway: Gateway, database: Database, sandbox: Sandbox
) -> None:
    sandbox.answer_inngest_with(413)
    job = add_job(gateway, REPOSITORY, to=Verdict.INNGEST)

    done = jobs.run("dispatch", *PLACE)
    dead = json.loads(jobs.run("queue", "--json").output)["jobs"]
    alert = jobs.run("alert", "--dry-run")
    revived = jobs.run("queue", "--revive", job, "--reason", "mended", "--actor", "me")

    assert done.exit_code == 1
    assert done.output == (
        f"{job}  recent-prs of {REPOSITORY}: given up (Inngest refuses its event (413)).\n"
    )
    assert [(job["state"], job["error"]) for job in dead] == [
        ("dead", "Inngest refuses its event (413)")
    ]
    assert f"{REPOSITORY}: jobs could not be handed over" in alert.output
    assert revived.output == f"Job {job} waits again to be handed over.\n"
    assert jobs.run("dispatch", *PLACE).exit_code == 0
    assert f"me  {REPOSITORY}: job {job} waits again" in jobs.run("history").output
    assert states(database) == [("dispatched", "pending", 0)]


def test_the_emergency_stop_keeps_jobs_back_until_a_person_ends_it(
    jobs: Jobs, gateway: Gateway, database: Database
) -> None:
    add_job(gateway, REPOSITORY, days=1, to=Verdict.INNGEST)
    add_job(gateway, REPOSITORY, days=2)

    stop = jobs.run("route", "--stop", "--reason", "too dear")
    kept = [jobs.run("route"), jobs.run("dispatch", *PLACE)]
    waiting = states(database)
    jobs.run("route", "--go")
    gone = [jobs.run("route"), jobs.run("dispatch", *PLACE)]

    assert stop.output.startswith("Set: stopped (route --stop); 25 % of the work")
    assert [done.exit_code for done in (*kept, *gone)] == [0] * 4
    assert all("stopped (route --stop)" in done.talk for done in kept)
    assert waiting == [("waiting", "pending", 0)]
    assert {state for state, *_ in states(database)} == {"dispatched"}


def test_a_job_that_github_refuses_is_dead_at_once_and_what_passes_is_tried_again(
    jobs: Jobs, gateway: Gateway, database: Database, sandbox: Sandbox
) -> None:
    sandbox.add_fault(
        {
            "kind": "service_unavailable",
            "when": {"rest_method": "POST", "rest_path": "historical-pr-sync-graphql.yml"},
            "times": 1,
        }
    )
    sandbox.change("add_workflow", repository=SITE, file=FILES[0], inputs=["job_id"])
    add_job(gateway, REPOSITORY, days=1, to=Verdict.GITHUB_ACTIONS)
    add_job(
        gateway,
        REPOSITORY,
        to=Verdict.GITHUB_ACTIONS,
        job_type=JobType.PROGRESSIVE_BACKFILL,
    )

    first = jobs.run("dispatch", *PLACE)
    age(database, timedelta(minutes=2))
    second = jobs.run("dispatch", *PLACE)

    assert (first.exit_code, second.exit_code) == (1, 0)
    assert "Unexpected inputs provided" in first.output
    assert "not taken" in first.output
    assert states(database) == [("dispatched", "pending", 1), ("dead", "failed", 1)]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["enqueue", "--type", "reviews", "--days", "3"], "--days says nothing"),
        (["enqueue", "--type", "recent-prs", "--pr-numbers", "3"], "--pr-numbers says nothing"),
        (["route", "--stop", "--dry-run"], "--dry-run shows decisions"),
        (["route", "--exclude", "nonsense"], "'nonsense' is not of the form OWNER/NAME"),
        (["queue", "--revive", "7"], "'7' is not a UUID"),
    ],
)
def test_a_mistake_ends_in_one_sentence(jobs: Jobs, arguments: list[str], says: str) -> None:
    done = jobs.run(*arguments, CONTRIBUTOR_BACKFILL_REPOSITORY=REPOSITORY)

    assert done.exit_code == 2
    assert says in done.talk


def test_jobs_for_inngest_without_a_key_are_said_everywhere_with_the_way_out(jobs: Jobs) -> None:
    jobs.run("enqueue", REPOSITORY, "--type", "recent-prs", "--days", "1", "--priority", "high")
    jobs.run("route", "--exclude", REPOSITORY)

    keyless = {"INNGEST_EVENT_KEY": ""}
    routed = jobs.run("route", **keyless)
    said = [
        routed.talk,
        jobs.run("queue", **keyless).talk,
        jobs.run("alert", "--dry-run", **keyless).talk,
        jobs.run("alert", "--issues", SITE, **keyless).talk,
        " ".join(jobs.run("doctor", COLUMNS="200", **keyless).output.split()),
    ]

    assert routed.exit_code == 0
    for done in said:
        assert "INNGEST_EVENT_KEY is not set; waiting for Inngest: 1 job" in done
        assert "contributor-backfill route --target 100" in done
    assert "INNGEST_EVENT_KEY" not in jobs.run("queue").talk


def test_nobody_hears_of_a_key_that_nothing_waits_for(jobs: Jobs) -> None:
    keyless = {"INNGEST_EVENT_KEY": ""}

    said = [
        jobs.run(*command, **keyless) for command in (["route"], ["queue"], ["alert", "--dry-run"])
    ]

    assert not [done.talk for done in said if "INNGEST_EVENT_KEY" in done.talk]
