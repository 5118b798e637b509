"""The commands take in every recorded response of GitHub: a result or a sentence, and a record.

The recordings are not part of this repository: they are read where they lie beside it, or where
`CONTRIBUTOR_BACKFILL_REAL_ANSWERS` says.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from contributor_backfill.db.gateway import Gateway
from tests.support.captures import REPOSITORY
from tests.support.databases import Database
from tests.support.entry import Done, run_here
from tests.support.replaying import Received, Recorded, replaying
from tests.support.workflow_events import REPOSITORY as SITE
from tests.support.workflow_events import begin

SHARED = Path(__file__).parents[2].parent / "shared"
FOLDER = Path(os.environ.get("CONTRIBUTOR_BACKFILL_REAL_ANSWERS", SHARED / "real-answers"))
PAYLOADS = FOLDER.parent / "payloads"
EXIT_CODES = {0, 1, 3}
FORGET = """
    delete from backfill_feeds;
    update backfill_repositories set access = 'ok', paused_at = null
"""

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the recordings are not at hand")


def files(*patterns: str) -> Iterable[Path]:
    """Return the recorded responses; GitHub never sent one of status 0."""
    found = [file for pattern in patterns for file in sorted(FOLDER.glob(pattern))]
    assert found
    return [file for file in found if Recorded.of(file).status]


def check(done: Done, database: Database, file: Path) -> None:
    """Hold the end of a command against what every command promises."""
    assert done.exit_code in EXIT_CODES, (file, done)
    assert "Traceback" not in done.talk, (file, done.talk)
    assert "unexpected" not in done.talk.lower(), (file, done.talk)
    if done.exit_code:
        assert done.talk.strip(), file
    open_records = "select count(*) from backfill_runs where outcome is null and command <> %s"
    assert database.value(open_records, "progressive-backfill") == 0, file


@pytest.mark.parametrize("kind", ["errors/*.json", "lists/*.json"])
def test_comments_are_captured_or_the_reason_is_said(
    kind: str, variables: dict[str, str], tmp_path: Path, database: Database
) -> None:
    run_here(variables, tmp_path, "track", REPOSITORY)

    for file in files(kind):
        database.rows(FORGET)
        with replaying(lambda _, file=file: Recorded.of(file)) as server:  # type: ignore[misc]
            done = run_here(
                {**variables, "GITHUB_API_URL": server.url},
                tmp_path,
                *("capture-comments", "--repository", REPOSITORY),
            )
        assert server.paths, (file, done)
        check(done, database, file)
        if kind.startswith("errors"):
            assert done.talk.strip(), file


def test_a_hundred_real_review_comments_are_read_and_none_is_lost(
    variables: dict[str, str], tmp_path: Path, database: Database
) -> None:
    run_here(variables, tmp_path, "track", REPOSITORY)
    documents = json.loads((FOLDER / "review_comments_real.json").read_text(encoding="utf-8"))
    documents.sort(key=lambda document: document["updated_at"])

    with replaying(lambda _: Recorded.json(documents)) as server:
        done = run_here(
            {**variables, "GITHUB_API_URL": server.url},
            tmp_path,
            *("capture-comments", "--repository", REPOSITORY),
        )

    check(done, database, FOLDER / "review_comments_real.json")
    stored = database.value("select count(*) from comments where comment_type = 'review_comment'")
    waiting = database.value(
        "select count(distinct github_id) from backfill_rejects where kind = 'review_comments'"
    )
    assert stored + waiting == len({document["id"] for document in documents})


def test_a_page_that_graphql_refuses_fails_the_command_in_one_sentence(
    variables: dict[str, str], tmp_path: Path, database: Database
) -> None:
    run_here(variables, tmp_path, "track", REPOSITORY)

    for file in files("graphql_errors/*.json"):
        database.rows(FORGET)
        with replaying(lambda _, file=file: Recorded.of(file)) as server:  # type: ignore[misc]
            done = run_here(
                {**variables, "GITHUB_GRAPHQL_URL": server.url},
                tmp_path,
                *("capture-comments", "--repository", REPOSITORY, "--pr-numbers", "3"),
            )
        assert server.paths, (file, done)
        check(done, database, file)


@pytest.mark.parametrize("kind", ["errors/*.json", "lists/*.json"])
def test_runs_are_settled_or_the_reason_is_said(
    kind: str, variables: dict[str, str], tmp_path: Path, gateway: Gateway, database: Database
) -> None:
    for file in files(kind):
        begin(gateway, run_id=7)
        with replaying(lambda _, file=file: Recorded.of(file)) as server:  # type: ignore[misc]
            done = run_here(
                {**variables, "GITHUB_API_URL": server.url},
                tmp_path,
                *("sync-runs", "--repository", SITE),
            )
        assert server.paths, (file, done)
        check(done, database, file)


def test_real_runs_settle_records_of_theirs(
    variables: dict[str, str], tmp_path: Path, gateway: Gateway, database: Database
) -> None:
    runs = json.loads((FOLDER / "workflow_runs_real.json").read_text(encoding="utf-8"))
    jobs = json.loads((FOLDER / "workflow_jobs_real.json").read_text(encoding="utf-8"))
    by_id = {str(run["id"]): run for run in runs["workflow_runs"]}
    for run in runs["workflow_runs"]:
        begin(gateway, run_id=run["id"], run_attempt=run.get("run_attempt") or 1)

    def choose(request: Received) -> Recorded:
        path = request.path
        if "/jobs" in path:
            return Recorded.json(jobs)
        named = [run for run_id, run in by_id.items() if f"/runs/{run_id}" in path]
        return Recorded.json(named[0] if named else runs)

    with replaying(choose) as server:
        done = run_here(
            {**variables, "GITHUB_API_URL": server.url},
            tmp_path,
            *("sync-runs", "--repository", SITE),
        )

    check(done, database, FOLDER / "workflow_runs_real.json")
    assert "settled" in done.output


def test_real_deliveries_are_taken_in(
    variables: dict[str, str], tmp_path: Path, database: Database
) -> None:
    deliveries = [*sorted((FOLDER / "webhooks").glob("*.json"))]
    deliveries += sorted(PAYLOADS.glob("workflow_run-*.json"))
    assert deliveries

    for file in deliveries:
        event = file.name.split(".")[0].split("-")[0]
        done = run_here(
            {"DATABASE_URL": variables["DATABASE_URL"]},
            tmp_path,
            *("record-run", "--event-file", str(file), "--trust-input"),
            *("--event", event, "--delivery", file.stem),
            *(
                word
                for name in ("test.yml", "codeql", "syntax.yml")
                for word in ("--workflow", name)
            ),
        )
        check(done, database, file)
        assert done.exit_code == 0, (file, done.talk)
    assert database.value("select count(*) from backfill_workflow_runs") > 1
