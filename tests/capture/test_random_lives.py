"""Whatever happens on GitHub and to our runs, in whatever order: in the end the two are equal."""

from random import Random
from typing import Any

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.sandbox import ListSizes, RepositoryOptions
from tests.capture.conftest import a_day_passes
from tests.support.captures import REPOSITORY, SYNC, Rig, tracked
from tests.support.databases import Database
from tests.support.truth import differences

SMALL = RepositoryOptions(
    pull_requests=110,
    reviews=ListSizes(1.0, tails=(130,)),
    comments=ListSizes(1.0, tails=(230,)),
    review_comments=ListSizes(2.0, tails=(120,)),
    oddity_every=4,
)
LISTS = {"comment": "comments", "review": "reviews", "review_comment": "review_comments"}
FAULTS = (
    {"kind": "bad_gateway_json", "times": 1},
    {"kind": "bad_gateway_json", "times": 2, "when": {"rest_path": "/pulls/comments"}},
    {"kind": "null_nodes", "times": 1},
    {"kind": "half_page", "times": 2},
    {"kind": "connection_reset", "times": 1},
    {"kind": "omit_nested", "times": 1, "when": {"operation": "PullRequestsByNumber"}},
)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_database_equals_the_source_in_the_end(
    seed: int, gateway: Gateway, database: Database
) -> None:
    random = Random(seed)
    with tracked(gateway, SMALL) as work:
        for _ in range(60):
            event(work, random)
            if random.random() < 0.7:
                run(work, database, random)

        work.sandbox.clear_faults()
        work.run(minutes=60)
        for _ in range(3):
            a_day_passes(database)
            database.rows("update backfill_continuations set next_attempt_at = null")
            work.serve(SYNC)

        wrong = differences(database, work.sandbox.export(REPOSITORY), whole=True)
        assert wrong == []


def run(work: Rig, database: Database, random: Random) -> None:
    """Let one of our runs begin, most of them to be stopped soon."""
    match random.randrange(6):
        case 0 | 1:
            work.run(chunks=random.randint(1, 3), chunk_size=random.choice([None, 7]))
        case 2 | 3:
            work.serve(steps=random.randint(1, 6))
        case 4:
            work.serve(SYNC, items=random.randint(5, 60), steps=random.randint(1, 9))
        case _:
            a_day_passes(database)


def event(work: Rig, random: Random) -> None:
    """Let something happen on GitHub."""
    lines = list(work.sandbox.export(REPOSITORY))
    line = random.choice(lines)
    match random.randrange(9):
        case 0:
            work.change("insert_pull_request")
        case 1:
            work.change("update_pull_request", number=line["number"], set={"title": "Anew"})
        case 2:
            work.sandbox.add_fault(random.choice(FAULTS))
        case 3:
            rename_somebody(work, line, random)
        case _:
            change_an_item(work, line, random)


def change_an_item(work: Rig, line: dict[str, Any], random: Random) -> None:
    verb = random.choice(["add", "add", "edit", "delete"])
    kind = random.choice([*LISTS])
    items = [i for i in line[LISTS[kind]] if i.get("state") != "PENDING"]
    values: dict[str, Any] = {}
    if verb != "add":
        if not items:
            return
        values["full_database_id"] = random.choice(items)["full_database_id"]
    if verb == "delete" and kind == "review_comment":
        values["bump"] = True  # else only reconcile can find it
    work.change(f"{verb}_{kind}", number=line["number"], **values)


def rename_somebody(work: Rig, line: dict[str, Any], random: Random) -> None:
    """And let the pull request be seen again, or the new name would be nowhere."""
    author = line["author"]
    if author and author["kind"] == "User":
        name = f"renamed-{random.randrange(10**9)}"
        work.sandbox.change("rename_user", login=author["login"], new_login=name)
        work.change("add_comment", number=line["number"])
