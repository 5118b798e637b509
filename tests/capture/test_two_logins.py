"""An account has a login in each of GitHub's two APIs, and two accounts have one login in REST."""

from typing import Any

import pytest

from contributor_backfill.sandbox import RepositoryOptions, Sandbox
from contributor_backfill.sandbox.options import ListSizes
from tests.capture.conftest import a_day_passes
from tests.support.captures import REPOSITORY, SYNC, tracked
from tests.support.databases import Database
from tests.support.truth import differences

WRITTEN = ("contributors", "pull_requests", "reviews", "comments", "repositories")


@pytest.mark.parametrize("order", ["GraphQL first", "REST first"])
def test_with_nothing_changed_on_github_two_syncs_write_no_row(
    order: str, gateway: Any, database: Database
) -> None:
    options = RepositoryOptions(
        pull_requests=40, review_threads=ListSizes(3.0), oddity_every=0, reviews=ListSizes(2.0)
    )
    with tracked(gateway, options) as work:
        for login in inline_authors(work.sandbox)[:2]:
            work.change("name_in_rest", login=login, rest_login="Copilot")
        if order == "REST first":
            work.serve(SYNC)
        work.run()
        work.serve(SYNC)
        work.serve(SYNC)
        before = versions(database)

        for _ in range(2):
            a_day_passes(database)
            database.rows("update backfill_feeds set etag = null, watermark = '2015-01-01'")
            assert not work.serve(SYNC).failed

        assert versions(database) == before
        assert differences(database, work.sandbox.export(REPOSITORY), whole=True) == []
        assert database.value("select count(*) from backfill_rejects") == 0


def inline_authors(sandbox: Sandbox) -> list[str]:
    """Return users who comment on the diff, those with the most comments first."""
    counts: dict[str, int] = {}
    for line in sandbox.export(REPOSITORY):
        for review_comment in line["review_comments"]:
            author = review_comment["author"]
            if author and author["kind"] == "User":
                counts[author["login"]] = counts.get(author["login"], 0) + 1
    return sorted(counts, key=lambda login: counts[login], reverse=True)


def versions(database: Database) -> dict[str, list[dict[str, Any]]]:
    return {
        table: database.rows(f"select ctid::text, xmin::text from {table} order by 1")
        for table in WRITTEN
    }
