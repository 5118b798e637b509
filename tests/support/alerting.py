"""Settings for the tests of `alert`, and a look at what people were told."""

import re
from typing import Any

from psycopg.types.json import Jsonb

from contributor_backfill.sandbox import Sandbox
from tests.support.captures import REPOSITORY
from tests.support.databases import Database
from tests.support.entry import Done

HERE = ("alert", "--issues", REPOSITORY)
FULL = {"CONTRIBUTOR_BACKFILL_DATABASE_LIMIT_MB": "1"}
ROOMY = {"CONTRIBUTOR_BACKFILL_DATABASE_LIMIT_MB": "0"}
SECRET = "planted-4711"
MINUTE = 60
HOSTILE = "@everyone <script>`x`</script>\n::error::boom"


def issues(sandbox: Sandbox) -> list[dict[str, Any]]:
    return sandbox.issues(REPOSITORY)


def counts(done: Done) -> tuple[int, ...]:
    assert done.exit_code == 0, done.talk
    return tuple(map(int, re.findall(r"\d+", done.output.splitlines()[0])))


def reject(database: Database, repository_id: str, many: int, message: str = "why") -> None:
    database.rows("delete from backfill_rejects")
    database.rows(
        "insert into backfill_rejects (repository_id, kind, github_id, sqlstate, message, source)"
        " select %s, 'comments', n, '23505', %s, %s from generate_series(1, %s) n",
        repository_id,
        message,
        Jsonb({}),
        many,
    )
