"""A second writer on our tables: it deletes a repository's rows and inserts them anew."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from psycopg.types.json import Jsonb

from contributor_backfill.db.transport import Transport
from tests.support.databases import Database

Json = dict[str, Any]
CHILDREN = ("pull_requests", "reviews", "comments")


class SecondWriter:
    """Give every row a new id of ours; GitHub's stay, and which comment answers which, if known."""

    def __init__(self, database: Database, *, knows_threads: bool = True) -> None:
        self._database = database
        self._knows_threads = knows_threads
        self._kept: dict[str, list[Json]] = {}

    def rewrite(self) -> None:
        """Delete and insert what hangs on the repository."""
        self.delete()
        self.insert()

    def rewrite_repository(self) -> None:
        """Delete and insert the repository itself too."""
        self.delete("repositories")
        self.insert("repositories")

    def delete(self, *above: str) -> None:
        """Delete the pull requests, or what is above them, and all that hangs on it."""
        for table in (*above, *CHILDREN):
            self._kept[table] = self._database.value(
                f"select coalesce(jsonb_agg(to_jsonb(t)), '[]') from {table} t"
            )
        self._database.rows(f"delete from {above[0] if above else 'pull_requests'}")

    def insert(self, *above: str) -> None:
        """Insert what was deleted; what somebody else inserted meanwhile is left alone."""
        ids: dict[str, str] = {}
        for table in (*above, *CHILDREN):
            rows = [self._anew(row, ids) for row in self._kept[table]]
            self._database.rows(
                f"insert into {table} select * from jsonb_populate_recordset(null::{table}, %s)"
                " on conflict do nothing",
                Jsonb(rows),
            )
            now = self._database.rows(f"select github_id, id::text as id from {table}")
            by_github_id = {row["github_id"]: row["id"] for row in now}
            ids |= {row["id"]: by_github_id[row["github_id"]] for row in self._kept[table]}
        if self._knows_threads:
            self._link(ids)

    def _link(self, ids: dict[str, str]) -> None:
        """Let every answer name the comment that it answers, under its new id."""
        answers = {
            ids[row["id"]]: ids[row["in_reply_to_id"]]
            for row in self._kept["comments"]
            if row["in_reply_to_id"]
        }
        self._database.rows(
            """
            update comments c set in_reply_to_id = n.value::uuid from jsonb_each_text(%s) n
            where c.id = n.key::uuid
            """,
            Jsonb(answers),
        )

    @staticmethod
    def _anew(row: Json, ids: dict[str, str]) -> Json:
        above = {
            column: ids.get(row[column], row[column])
            for column in ("repository_id", "pull_request_id")
            if row.get(column)
        }
        threads = {"in_reply_to_id": None} if "in_reply_to_id" in row else {}
        return {**row, **above, **threads, "id": str(uuid4())}


class Between:
    """A transport on which something happens before a certain call of a function."""

    def __init__(
        self, inner: Transport, function: str, place: int, happens: Callable[[], None]
    ) -> None:
        self.happened = False
        self._inner = inner
        self._function = function
        self._left = place
        self._happens = happens

    @property
    def calls(self) -> int:
        return self._inner.calls

    def call(self, function: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if function == self._function:
            self._left -= 1
            if self._left == 0:
                self._happens()
                self.happened = True
        return self._inner.call(function, arguments)

    def close(self) -> None:
        self._inner.close()
