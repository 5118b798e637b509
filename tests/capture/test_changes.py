"""Changes on GitHub between two captures, or in the middle of one, are followed."""

from itertools import islice
from typing import Any

import pytest

from contributor_backfill.domain.bounds import Stop
from contributor_backfill.sandbox import Sandbox
from tests.support.captures import REPOSITORY, SYNC, Rig
from tests.support.databases import Database
from tests.support.truth import differences

LISTS = {"comment": "comments", "review": "reviews", "review_comment": "review_comments"}


def change(work: Rig, event: str, place: int = 0) -> dict[str, Any]:
    """Let an event happen to the first item of a pull request's list, a short one."""
    kind = event.partition("_")[2]
    short = (line for line in work.sandbox.export(REPOSITORY) if 1 < len(line[LISTS[kind]]) < 50)
    line = next(islice(short, place, None))
    items = [i for i in line[LISTS[kind]] if i.get("state") != "PENDING"]
    values = {} if event.startswith("add") else {"full_database_id": items[0]["full_database_id"]}
    return work.change(event, number=line["number"], **values)


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("verb", ["add", "edit"])
def test_what_is_added_or_edited_is_stored_by_the_next_sync(
    verb: str, kind: str, kept: Rig, sandbox: Sandbox, database: Database
) -> None:
    for place in range(0, 30, 3):
        change(kept, f"{verb}_{kind}", place)
    assert differences(database, sandbox.export(REPOSITORY), whole=True) != []

    report = kept.serve()

    assert not report.failed
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


@pytest.mark.parametrize("kind", ["comment", "review"])
def test_what_is_deleted_is_marked_and_kept(
    kind: str, kept: Rig, sandbox: Sandbox, database: Database
) -> None:
    deleted = {change(kept, f"delete_{kind}", n)["full_database_id"] for n in range(0, 30, 3)}

    report = kept.serve()

    assert not report.failed
    marks = database.rows(f"select github_id from backfill_deletions where kind = '{kind}s'")
    assert {mark["github_id"] for mark in marks} == deleted
    stored = database.rows(f"select github_id from {kind}s")
    assert deleted <= {row["github_id"] for row in stored}
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


def test_an_review_comment_that_is_missing_from_a_pull_requests_total_is_looked_for(
    kept: Rig, sandbox: Sandbox, database: Database
) -> None:
    """GitHub does not touch the pull request, but anything else may have since."""
    line = kept.longest("review_comments")
    gone = line["review_comments"][0]["full_database_id"]
    kept.change("delete_review_comment", number=line["number"], full_database_id=gone)
    kept.change("add_comment", number=line["number"])

    kept.serve()

    marks = database.rows("select kind, github_id from backfill_deletions")
    assert marks == [{"kind": "review_comments", "github_id": gone}]
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


def test_a_deletion_from_a_long_list_is_found_too(
    kept: Rig, sandbox: Sandbox, database: Database
) -> None:
    line = kept.longest("comments")
    for place in (3, 700):
        gone = line["comments"][place]["full_database_id"]
        kept.change("delete_comment", number=line["number"], full_database_id=gone)

    kept.serve()

    assert database.value("select count(*) from backfill_deletions") == 2
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


def test_items_that_a_wide_query_leaves_out_without_a_word_are_not_taken_for_deleted(
    kept: Rig, sandbox: Sandbox, database: Database
) -> None:
    """GitHub does not count them either. More is stored than it counts, so the list is asked."""
    for line in list(sandbox.export(REPOSITORY))[:60:2]:
        kept.change("update_pull_request", number=line["number"], set={"title": "Anew"})
    sandbox.add_fault({"kind": "omit_nested", "when": {"operation": "PullRequestsPage"}})

    report = kept.serve()

    assert sandbox.counters()["faults"]["omit_nested"] > 0
    assert sum(turn.lists for turn in report.turns) > 10
    assert database.value("select count(*) from backfill_deletions") == 0
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


def test_a_reply_to_a_comment_of_long_ago_is_linked(
    kept: Rig, sandbox: Sandbox, database: Database
) -> None:
    line = kept.longest("review_comments", 5)
    asked = line["review_comments"][0]["full_database_id"]
    added = kept.change("add_review_comment", number=line["number"], reply_to_id=asked)

    kept.serve()

    parent = database.value(
        "select p.github_id from comments c join comments p on p.id = c.in_reply_to_id"
        " where c.github_id = %s",
        added["full_database_id"],
    )
    assert parent == asked
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


def test_a_user_who_was_renamed_is_known_by_the_new_name(
    kept: Rig, sandbox: Sandbox, database: Database
) -> None:
    """Wherever GitHub shows the user: as an author or as one who comments on a diff."""
    export = list(sandbox.export(REPOSITORY))
    author = next(x for x in export if x["author"] and x["author"]["kind"] == "User")
    login = author["author"]["login"]
    inline = next(
        (x, c)
        for x in export
        for c in x["review_comments"]
        if c["author"] and c["author"]["kind"] == "User" and c["author"]["login"] != login
    )
    sandbox.change("rename_user", login=login, new_login="a-new-name")
    sandbox.change("rename_user", login=inline[1]["author"]["login"], new_login="another-name")
    kept.change("update_pull_request", number=author["number"], set={"title": "Anew"})
    kept.change(
        "edit_review_comment",
        number=inline[0]["number"],
        full_database_id=inline[1]["full_database_id"],
    )

    kept.serve()

    names = {row["username"] for row in database.rows("select username from contributors")}
    assert {"a-new-name", "another-name"} <= names
    assert login not in names


def test_a_login_that_passed_to_somebody_else_is_the_newcomers(
    kept: Rig, sandbox: Sandbox, database: Database
) -> None:
    export = sandbox.export(REPOSITORY)
    author = next(x for x in export if x["author"] and x["author"]["kind"] == "User")
    login = author["author"]["login"]
    newcomer = kept.change("recycle_login", login=login)

    kept.serve()

    holder = database.value("select github_id from contributors where username = %s", login)
    assert holder == newcomer["database_id"]
    kept.change("update_pull_request", number=author["number"], set={"title": "Anew"})
    kept.serve(SYNC)
    older = database.value(
        "select username from contributors where github_id = %s", author["author"]["database_id"]
    )
    assert older == f"{login}-formerly"


def test_pull_requests_that_grow_while_they_are_backfilled_are_stored_as_they_are_at_the_end(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    numbers = [line["number"] for line in sandbox.export(REPOSITORY)]
    for round_ in range(40):
        report = work.run(chunks=1, chunk_size=20)
        feeds = work.serve(steps=2)
        for number in numbers[round_::40]:
            for event in ("add_review", "add_comment", "add_review_comment"):
                work.change(event, number=number)
        if report.stop is not Stop.CHUNKS and not feeds.turns:
            break

    work.serve(SYNC)

    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []
