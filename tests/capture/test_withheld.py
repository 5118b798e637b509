"""Data that the token may not see costs one request more for a repository, not one for a page."""

from collections.abc import Callable
from typing import Any

import pytest

from contributor_backfill.domain.bounds import Stop
from contributor_backfill.domain.sources import Connection, SourceName, Wanted
from contributor_backfill.sandbox import Sandbox
from tests.support.captures import REPOSITORY, Rig
from tests.support.databases import Database
from tests.support.rewriting import rewriting

FIELDS = {
    "commits": "contents: read",
    "additions": "contents: read",
    "assignees": "issues: read",
    "comments": "issues: read",
    "reviews": "pull-requests: read",
}
WITHHELD = "select withheld_fields from backfill_repositories"
PERMISSIONS = "select missing_permissions from backfill_repositories"


def _error(*path: str | int) -> dict[str, Any]:
    message = "Resource not accessible by integration"
    return {"type": "FORBIDDEN", "path": list(path), "message": message}


def withholding(*fields: str) -> Callable[[Any], None]:
    """Return what makes every pull request null for which one of these fields was asked."""

    def change(document: Any) -> None:
        repository = (document.get("data") or {}).get("node") or {}
        errors = []
        for place, edge in enumerate((repository.get("pullRequests") or {}).get("edges") or []):
            found = [name for name in fields if name in (edge.get("node") or {})]
            path = ("node", "pullRequests", "edges", place, "node")
            errors += [_error(*path, name) for name in found]
            edge["node"] = None if found else edge.get("node")
        for key in [key for key in repository if key[0] == "n" and key[1:].isdigit()]:
            found = [name for name in fields if name in (repository[key] or {})]
            errors += [_error("node", key, name) for name in found]
            repository[key] = None if found else repository[key]
        if errors:
            document.setdefault("errors", []).extend(errors)

    return change


def half_a_day_passes(database: Database) -> None:
    database.rows(
        "update backfill_repositories set withheld_fields = jsonb_set(withheld_fields,"
        " '{commits,at}', to_jsonb(now() - interval '13 hours'))"
    )


def nothing(_: Any) -> None:
    """Change nothing."""


def requests(sandbox: Sandbox) -> int:
    executed: int = sandbox.counters()["executed"]
    return executed


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_that_is_withheld_costs_one_request_for_the_repository(
    field: str, work: Rig, sandbox: Sandbox, database: Database
) -> None:
    before = requests(sandbox)
    report = rewriting(work, withholding(field)).run(minutes=30, chunk_size=50)

    assert report.stop is Stop.COMPLETED, report.turns[-1].reason
    assert not report.failed
    assert database.value("select count(*) from pull_requests") == 300
    assert requests(sandbox) - before == 300 / 50 + 1
    assert list(database.value(WITHHELD)) == [field]
    assert list(database.value(PERMISSIONS)) == [FIELDS[field]]
    assert database.value("select count(*) from backfill_continuations") < 10, "only long lists"


def test_the_next_run_does_not_ask_for_it_again(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    rig = rewriting(work, withholding("commits"))
    rig.run(chunks=1, chunk_size=50)
    before = requests(sandbox)

    rig.run(minutes=30, chunk_size=50)

    assert requests(sandbox) - before == 250 / 50
    assert list(database.value(PERMISSIONS)) == ["contents: read"]


def test_several_fields_cost_one_request_together(work: Rig, sandbox: Sandbox) -> None:
    before = requests(sandbox)

    report = rewriting(work, withholding(*FIELDS)).run(minutes=30, chunk_size=50)

    assert not report.failed
    assert requests(sandbox) - before == 300 / 50 + 1


def test_half_a_day_later_it_is_asked_for_and_forgotten_once_it_comes(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    rewriting(work, withholding("commits")).run(chunks=1, chunk_size=50)
    assert database.value("select count(*) from pull_requests where commits is not null") == 0
    half_a_day_passes(database)
    rewriting(work, withholding("commits")).run(chunks=1, chunk_size=50)
    before = requests(sandbox)

    report = rewriting(work, nothing).run(minutes=30, chunk_size=50)

    assert not report.failed
    assert requests(sandbox) - before == 200 / 50
    assert database.value(WITHHELD) == {}
    assert database.value(PERMISSIONS) == {}
    assert database.value("select count(*) from pull_requests where commits is not null") == 200


def test_what_is_asked_for_no_more_is_not_on_record_as_withheld_for_ever(
    work: Rig, database: Database
) -> None:
    rewriting(work, withholding("commits")).run(chunks=1, chunk_size=50)
    database.rows(
        "update backfill_repositories set withheld_fields ="
        """ jsonb_build_object('reviewThreads', withheld_fields -> 'commits')"""
    )
    database.rows(
        "update backfill_repositories set withheld_fields = jsonb_set(withheld_fields,"
        " '{reviewThreads,at}', to_jsonb(now() - interval '13 hours'))"
    )

    reports = [rewriting(work, nothing).run(chunks=1, chunk_size=50) for _ in range(2)]

    assert not any(report.failed for report in reports)
    assert database.value(WITHHELD) == {}
    assert database.value(PERMISSIONS) == {}


def test_half_a_day_later_it_costs_one_request_again_while_it_is_withheld(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    rig = rewriting(work, withholding("commits"))
    rig.run(chunks=1, chunk_size=50)
    half_a_day_passes(database)
    rewriting(work, withholding("commits")).run(chunks=1, chunk_size=50)
    before = requests(sandbox)

    rig.run(minutes=30, chunk_size=50)

    assert requests(sandbox) - before == 200 / 50 + 1


def test_a_pull_request_that_is_named_is_captured_without_what_is_withheld(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    numbers = tuple(line["number"] for line in list(sandbox.export(REPOSITORY))[:3])
    wanted = Wanted(
        (SourceName.CONNECTIONS,),
        (Connection.REVIEWS,),
        full_name=REPOSITORY,
        numbers=numbers,
        forced=True,
    )
    work.gateway.want_connections(numbers, wanted.connections, "by hand", full_name=REPOSITORY)

    report = rewriting(work, withholding("commits")).serve(wanted)

    assert not report.failed
    assert database.value("select array_agg(number order by number) from pull_requests") == sorted(
        numbers
    )
    assert list(database.value(PERMISSIONS)) == ["contents: read"]


def test_what_is_withheld_of_one_alone_is_asked_of_the_others(
    work: Rig, database: Database
) -> None:
    def change(document: Any) -> None:
        repository = (document.get("data") or {}).get("node") or {}
        for place, edge in enumerate((repository.get("pullRequests") or {}).get("edges") or []):
            node = edge.get("node") or {}
            if node.get("number") == odd and "commits" in node:
                edge["node"] = None
                path = ("node", "pullRequests", "edges", place, "node", "commits")
                document.setdefault("errors", []).append(_error(*path))

    odd = work.longest("reviews")["number"]

    report = rewriting(work, change).run(minutes=30, chunk_size=50)

    assert not report.failed
    assert database.value("select count(*) from pull_requests") == 300
    assert database.value("select count(*) from pull_requests where commits is null") == 1
