"""An item that lacks something is recorded, and everything else is stored."""

from typing import Any

import pytest

from contributor_backfill.domain.bounds import Stop
from contributor_backfill.domain.sources import Connection, SourceName, Wanted
from contributor_backfill.sandbox import Sandbox
from tests.support.captures import REPOSITORY, Rig
from tests.support.databases import Database
from tests.support.review_comments import REVIEW_COMMENTS
from tests.support.rewriting import each_object, rewriting

LISTS = (Connection.REVIEWS, Connection.COMMENTS)
REJECTS = "select kind, number, github_id, sqlstate from backfill_rejects order by kind, number"


def _where(**wanted: Any) -> Any:
    return lambda found: all(found.get(key) == value for key, value in wanted.items())


@pytest.mark.parametrize(
    "change",
    [
        {"fullDatabaseId": None},
        {"state": None},
        {"createdAt": None},
        {"headRefName": None},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_pull_request_that_lacks_something_is_recorded_and_the_others_are_stored(
    change: dict[str, Any], work: Rig, sandbox: Sandbox, database: Database
) -> None:
    number = list(sandbox.export(REPOSITORY))[137]["number"]
    is_it = _where(number=number)

    report = rewriting(
        work, lambda d: each_object(d, lambda o: o.update(change) if is_it(o) else None)
    ).run(minutes=30)

    assert report.turns[-1].stop is Stop.COMPLETED
    assert report.failed, "what was passed over shows in the exit code"
    (reject,) = database.rows(REJECTS)
    assert (reject["kind"], reject["number"], reject["sqlstate"]) == (
        "pull_requests",
        number,
        "CB100",
    )
    assert database.value("select count(*) from pull_requests") == 299


def test_a_state_that_is_new_is_stored_or_kept_with_the_reason(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    number = list(sandbox.export(REPOSITORY))[137]["number"]
    new = {"state": "ARCHIVED", "mergeable": "PERHAPS", "mergeStateStatus": "QUEUED_UP"}
    is_it = _where(number=number)

    report = rewriting(
        work, lambda d: each_object(d, lambda o: o.update(new) if is_it(o) else None)
    ).run(minutes=30)

    assert report.turns[-1].stop is Stop.COMPLETED
    stored = database.value("select count(*) from pull_requests")
    rejects = database.rows(REJECTS)
    assert stored + len(rejects) == 300
    assert stored >= 299


@pytest.mark.parametrize("key", ["fullDatabaseId", "submittedAt"])
def test_a_review_that_lacks_something_is_recorded_alone(
    key: str, work: Rig, sandbox: Sandbox, database: Database
) -> None:
    line = next(line for line in sandbox.export(REPOSITORY) if len(line["reviews"]) > 1)
    github_id = str(line["reviews"][0]["full_database_id"])
    is_it = _where(fullDatabaseId=github_id)
    reviews = "select count(*) from reviews"

    report = rewriting(
        work, lambda d: each_object(d, lambda o: o.update({key: None}) if is_it(o) else None)
    ).run(minutes=30)

    assert report.turns[-1].stop is Stop.COMPLETED
    (reject,) = database.rows(REJECTS)
    assert (reject["kind"], reject["number"]) == ("reviews", line["number"])
    assert database.value("select count(*) from pull_requests") == 300
    work.serve()
    again = database.value(reviews)
    assert again == sum(len(line["reviews"]) for line in sandbox.export(REPOSITORY)) - 1


@pytest.mark.parametrize("key", ["id", "pull_request_url", "updated_at", "created_at"])
def test_an_review_comment_that_lacks_something_is_recorded_alone(
    key: str, busy: Rig, database: Database
) -> None:
    first: list[int] = []

    def drop(found: dict[str, Any]) -> None:
        if "pull_request_url" not in found or "diff_hunk" not in found:
            return
        if not first or found["id"] == first[0]:
            first.append(found["id"])
            del found[key]

    rewriting(busy, lambda d: each_object(d, drop)).serve(REVIEW_COMMENTS)

    (reject,) = database.rows(REJECTS)
    assert (reject["kind"], reject["sqlstate"]) == ("review_comments", "CB100")
    inline = "select count(*) from comments where comment_type = 'review_comment'"
    everything = sum(len(line["review_comments"]) for line in busy.sandbox.export(REPOSITORY))
    assert database.value(inline) == everything - 1


def test_a_permission_that_is_missing_is_shown_once_and_costs_no_page(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    def withhold(document: Any) -> None:
        node = (document.get("data") or {}).get("node") or {}
        edges = (node.get("pullRequests") or {}).get("edges") or []
        errors = document.setdefault("errors", []) if edges else []
        for place, edge in enumerate(edges):
            for nth, review in enumerate(
                ((edge.get("node") or {}).get("reviews") or {}).get("nodes") or []
            ):
                review["commit"] = None
                path = ["node", "pullRequests", "edges", place, "node", "reviews", "nodes", nth]
                errors.append(
                    {
                        "type": "FORBIDDEN",
                        "path": [*path, "commit"],
                        "message": "Resource not accessible by integration",
                    }
                )

    before = sandbox.counters()["points"]
    report = rewriting(work, withhold).run(minutes=30)

    assert report.stop is Stop.COMPLETED, report.turns[-1].reason
    assert not report.failed
    assert sandbox.counters()["points"] - before <= 300 * 48 / 1_000
    assert database.value("select count(*) from pull_requests") == 300
    assert database.value("select access from backfill_repositories") == "ok"
    (line,) = database.value("select backfill_read_status_v2()")["repositories"]
    assert list(line["missing_permissions"]) == ["contents: read"]


@pytest.mark.parametrize(("kind", "key"), [("reviews", "reviews"), ("comments", "comments")])
def test_an_item_without_an_id_leaves_the_record_once_its_list_shows_nothing_of_it(
    kind: str, key: str, work: Rig, sandbox: Sandbox, database: Database
) -> None:
    line = next(line for line in sandbox.export(REPOSITORY) if 1 < len(line[key]) < 100)
    is_it = _where(fullDatabaseId=str(line[key][0]["full_database_id"]))

    def take_the_id(document: Any) -> None:
        each_object(document, lambda o: o.update({"fullDatabaseId": None}) if is_it(o) else None)

    rewriting(work, take_the_id).run(minutes=30)
    (reject,) = database.rows(REJECTS)
    assert (reject["kind"], reject["number"], reject["github_id"]) == (kind, line["number"], None)

    rewriting(work, take_the_id).serve(_named(work, line["number"]))
    assert len(database.rows(REJECTS)) == 1, "it is still so"
    work.serve(_named(work, line["number"]))

    assert database.rows(REJECTS) == []


def test_a_pull_request_without_an_id_leaves_the_record_once_it_is_captured(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    number = list(sandbox.export(REPOSITORY))[137]["number"]
    is_it = _where(number=number)
    rewriting(
        work,
        lambda d: each_object(
            d, lambda o: o.update({"fullDatabaseId": None}) if is_it(o) else None
        ),
    ).run(minutes=30)
    assert len(database.rows(REJECTS)) == 1

    work.serve(_named(work, number))

    assert database.rows(REJECTS) == []
    assert database.value("select count(*) from pull_requests") == 300


def test_a_wanted_number_that_gives_nothing_is_put_off_and_the_others_are_captured(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    numbers = tuple(line["number"] for line in list(sandbox.export(REPOSITORY))[:4])
    odd = numbers[0]

    def give_nothing(document: Any) -> None:
        if f"n{odd}" in ((document.get("data") or {}).get("node") or {}):
            document.clear()
            document["data"] = None

    report = rewriting(work, give_nothing).serve(_named(work, *numbers))

    assert report.turns[-1].stop is Stop.COMPLETED, report.turns[-1].reason
    assert report.failed, "what was put off shows in the exit code"
    assert database.value("select count(*) from pull_requests") == 3
    (wanted,) = database.rows("select number, meaning, attempts from backfill_numbers")
    assert wanted == {"number": odd, "meaning": "wanted", "attempts": 1}
    assert database.value("select next_attempt_at > now() from backfill_numbers")
    (reject,) = database.rows(REJECTS)
    assert (reject["kind"], reject["number"]) == ("pull_requests", odd)
    work.serve(_named(work, odd))
    assert database.rows(REJECTS) == []


def test_a_github_that_says_nothing_puts_off_one_number_and_fails_the_turn(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    numbers = tuple(line["number"] for line in list(sandbox.export(REPOSITORY))[:4])

    def give_nothing(document: Any) -> None:
        document.clear()
        document["data"] = None

    report = rewriting(work, give_nothing).serve(_named(work, *numbers))

    assert report.turns[-1].stop is Stop.ERROR
    assert database.value("select sum(attempts) from backfill_numbers") == 1


def _named(work: Rig, *numbers: int) -> Wanted:
    """Queue pull requests to be captured by their numbers, and return what serves them."""
    work.gateway.want_connections(numbers, LISTS, "by hand", full_name=REPOSITORY)
    return Wanted(
        (SourceName.CONNECTIONS,), LISTS, full_name=REPOSITORY, numbers=numbers, forced=True
    )
