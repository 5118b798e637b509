"""Options, the repository or the configuration say how much of texts is kept."""

from typing import Any

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.storage import Keep, Wish, Wishes
from contributor_backfill.sandbox import Sandbox
from tests.support.captures import REPOSITORY, SYNC, Rig
from tests.support.databases import Database

NONE, SHORT, FULL = Keep(0), Keep(20), Keep()
TEXTS = """
    select 'pull_requests' as kind, github_id, body, null as diff_hunk from pull_requests
    union all select 'reviews', github_id, body, null from reviews
    union all select comment_type, github_id, body, diff_hunk from comments
"""


def capture(work: Rig, option: Wish | None = None) -> None:
    """Capture everything there is, from the beginning."""
    work.gateway.wishes = Wishes(option=option or Wish())
    work.track()
    work.run(minutes=60)
    work.serve(SYNC)


def texts(database: Database) -> dict[tuple[str, int], tuple[str | None, str | None]]:
    rows = database.rows(TEXTS)
    return {(r["kind"], r["github_id"]): (r["body"], r["diff_hunk"]) for r in rows}


def forget_what_was_read(database: Database) -> None:
    """Make the next capture read everything again."""
    database.rows("update backfill_feeds set watermark = null, position = null, synced_at = null")


def test_without_texts_every_row_is_there_and_no_text(
    work: Rig, database: Database, sandbox: Sandbox
) -> None:
    capture(work, Wish(NONE, NONE))

    found = texts(database)
    exported = list(sandbox.export(REPOSITORY))
    assert {body for body, _ in found.values()} == {None, ""}
    assert {diff_hunk for _, diff_hunk in found.values()} == {None}
    assert _count(found, "pull_requests") == len(exported)
    assert _count(found, "issue_comment") == sum(len(e["comments"]) for e in exported)
    assert _count(found, "review_comment") == sum(len(e["review_comments"]) for e in exported)


def test_truncated_texts_are_the_beginnings_of_the_whole_ones(
    work: Rig, database: Database
) -> None:
    capture(work, Wish(SHORT, SHORT))
    short = texts(database)
    forget_what_was_read(database)
    capture(work)
    whole = texts(database)

    assert short.keys() == whole.keys()
    for key, (body, diff_hunk) in whole.items():
        assert short[key] == (_beginning(body), _beginning(diff_hunk))
    assert any(len(body or "") > 20 for body, _ in whole.values())
    assert any(len(diff_hunk or "") > 20 for _, diff_hunk in whole.values())


def test_texts_that_are_stored_are_not_taken_away(work: Rig, database: Database) -> None:
    capture(work)
    whole = texts(database)
    changed = work.longest("review_comments")
    number = changed["number"]
    work.clock.sleep(60)
    work.change("update_pull_request", number=number, set={"title": "Another title"})
    for item in ("review", "comment", "review_comment"):
        line = work.longest(f"{item}s")
        wanted = line[f"{item}s"][0]["full_database_id"]
        work.change(f"edit_{item}", number=line["number"], full_database_id=wanted)
    before = _versions(database)
    forget_what_was_read(database)

    capture(work, Wish(NONE, NONE))

    assert texts(database) == whole
    assert database.value("select count(*) from pull_requests where title = 'Another title'") == 1
    # The row was written; its text was left alone.
    rewritten = {kind for kind, key in before ^ _versions(database)}
    assert rewritten >= {"pull_requests", "comments"}


@pytest.mark.parametrize(
    ("option", "stored", "configured", "is_kept"),
    [
        (None, None, None, True),
        (None, None, NONE, False),
        (None, NONE, FULL, False),
        (None, FULL, NONE, True),
        (FULL, NONE, NONE, True),
        (NONE, FULL, FULL, False),
    ],
)
def test_the_option_counts_more_than_the_repository_and_that_more_than_the_configuration(
    work: Rig,
    gateway: Gateway,
    database: Database,
    option: Keep | None,
    stored: Keep | None,
    configured: Keep | None,
    *,
    is_kept: bool,
) -> None:
    tracked = work.track().tracked
    gateway.set_storage(tracked.repository_id, Wish(stored))
    gateway.wishes = Wishes(Wish(option), Wish(configured))

    work.run(chunks=1)

    assert database.value("select bool_or(body <> '') is true from pull_requests") is is_kept


def _beginning(text: str | None) -> str | None:
    return text[:20] if text is not None else None


def _count(found: dict[tuple[str, int], Any], kind: str) -> int:
    return sum(stored == kind for stored, _ in found)


def _versions(database: Database) -> set[tuple[str, str]]:
    return {
        (table, f"{row['github_id']} {row['xmin']}")
        for table in ("pull_requests", "reviews", "comments")
        for row in database.rows(f"select github_id, xmin::text from {table}")
    }
