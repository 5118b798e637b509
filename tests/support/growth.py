"""Every call that a person or a workflow waits for, and what it reads of a database."""

import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from contributor_backfill.db.migrations import this_version
from contributor_backfill.domain.harvest import split
from tests.support.databases import Database
from tests.support.pages import comment, item, page, pull_request, review


def _page() -> Jsonb:
    """Return a page of pull requests that no database has yet, with a review and a comment each."""
    numbers = range(3_000_001, 3_000_030)
    made = [
        pull_request(number, github_id=10**15 + number, reviews_total=1, comments_total=1)
        for number in numbers
    ]
    items = [
        item(
            pull_request,
            reviews=[review(pull_request.github_id, pull_request)],
            comments=[comment(pull_request.github_id, pull_request)],
        )
        for pull_request in made
    ]
    (batch,) = split(page(*items))
    return Jsonb(batch.harvest.rows)


SOURCES = "'{lists,pull_requests,review_comments}'"
CONNECTIONS = "'{reviews,comments,review_comments}'"
ORDER = "jsonb_build_object('call_id', gen_random_uuid(), 'actor', 'bench')"
BACKFILL = "backfill_claim_v1('{backfill}', 'bench', 600)"
SYNC = "backfill_claim_v1('{pull_requests}', 'bench', 600)"
RUN = """backfill_begin_run_v2(jsonb_build_object('id', %(run)s,
  'command', 'progressive-backfill', 'holder', 'bench'), %(version)s)"""
PAGE = _page()
ANSWERS = """backfill_note_probes_v1((%(held)s ->> 'asked_at')::timestamptz, (
    select jsonb_build_object('refused', '{}'::jsonb, 'unclear', '[]'::jsonb, 'shown',
      jsonb_agg(r || jsonb_build_object('is_private', false, 'newest_change', <newest>)))
    from jsonb_array_elements(%(held)s -> 'repositories') r), now(), <order>)"""
"""GitHub's findings about the repositories that were claimed."""


class Scope(StrEnum):
    """The subject of a call, which decides its goal."""

    ONE = "one"
    """One thing: it takes as much however many repositories there are."""
    ALL = "all"
    """All repositories, or a bounded page of them."""
    GIANT = "giant"
    """A piece of what is to be done in one very large repository."""


@dataclass(frozen=True)
class Call:
    """A call, and what comes before it in its transaction.

    The last statement `before` it gives its value as `%(held)s`.
    """

    function: str
    scope: Scope
    before: tuple[str, ...] = ()


def _of_one(function: str, *before: str) -> Call:
    return Call(function, Scope.ONE, before)


def _of_all(function: str, *before: str) -> Call:
    return Call(function, Scope.ALL, before)


def _of_giant(function: str, *before: str) -> Call:
    return Call(function, Scope.GIANT, before)


CALLS = {
    "claim of lists": _of_one(
        f"backfill_claim_v1('{{lists}}', 'bench', 60, {CONNECTIONS})",
    ),
    "claim of a sync": _of_one(SYNC),
    "claim of review comments": _of_one("backfill_claim_v1('{review_comments}', 'bench', 60)"),
    "claim of a refresh": _of_one("backfill_claim_v1('{refresh,refresh_comments}', 'bench', 60)"),
    "claim where nothing is due": _of_one(
        "backfill_claim_v1('{pull_requests}', 'bench', 60, p_now => now() - interval '10 years')"
    ),
    "claim of a backfill": _of_one(BACKFILL),
    "claim of one by name": _of_one(
        "backfill_claim_v1('{backfill}', 'bench', 60, p_full_name => 'owner-20/repository-20')"
    ),
    "claim of twenty to be asked about": _of_one("backfill_claim_probes_v1(20)"),
    "answers about twenty that did not move": _of_one(
        ANSWERS.replace("<newest>", "now() - interval '90 days'").replace("<order>", ORDER),
        "select backfill_claim_probes_v1(20)",
    ),
    "answers about a hundred that all moved": _of_all(
        ANSWERS.replace("<newest>", "now()").replace("<order>", ORDER),
        "select backfill_claim_probes_v1(100)",
    ),
    "commit of a page": _of_one(
        """backfill_commit_v1((%(held)s #>> '{repository,repository_id}')::uuid, 'backfill',
          (%(held)s ->> 'lease_token')::uuid, %(page)s, '{"position": {"cursor": "next"},
            "finished": false, "repository": {"total": 500}}',
          '{"points": 1, "requests": 1, "milliseconds": 900, "first": 29}', '{}',
          p_chunk_id => (%(held)s ->> 'chunk_id')::uuid, p_lease_seconds => 60)""",
        f"select {BACKFILL}",
    ),
    "commit of a sync": _of_one(
        """backfill_commit_v1((%(held)s #>> '{repository,repository_id}')::uuid,
          %(held)s ->> 'source', (%(held)s ->> 'lease_token')::uuid, %(page)s,
          jsonb_build_object('position', %(held)s -> 'position', 'finished', false),
          '{"points": 1, "requests": 1, "milliseconds": 900}', '{}',
          p_step => (%(held)s ->> 'step')::int, p_lease_seconds => 60)""",
        f"select {SYNC}",
    ),
    "release of a backfill": _of_one(
        """backfill_release_v1((%(held)s #>> '{repository,repository_id}')::uuid, 'backfill',
          (%(held)s ->> 'lease_token')::uuid, null, 'quota')""",
        f"select {BACKFILL}",
    ),
    "failure of a chunk": _of_one(
        """backfill_fail_v1((%(held)s #>> '{repository,repository_id}')::uuid, 'backfill',
          (%(held)s ->> 'lease_token')::uuid, '502', (%(held)s ->> 'chunk_id')::uuid, false,
          '{}', 1)""",
        f"select {BACKFILL}",
    ),
    "begin of a run": _of_one(RUN),
    "heartbeat": _of_one("backfill_beat_run_v1(%(run)s::uuid, '{\"chunks\": 3}')", f"select {RUN}"),
    "end of a run": _of_one(
        """backfill_end_run_v1(%(run)s::uuid, '{"outcome": "done"}', '{"chunks": 3}')""",
        f"select {RUN}",
    ),
    "end of a run after a capture": _of_one(
        """backfill_end_run_v1(%(run)s::uuid, '{"outcome": "done"}', '{"chunks": 3}')""",
        "update backfill_repositories set count_is_due = true where repository_id = %(one)s",
        f"select {RUN}",
    ),
    "record-run": _of_one(
        """backfill_note_workflow_runs_v1('{"runs": [{"workflow_repository": "me/site",
          "run_id": 17, "run_attempt": 1, "is_ours": true, "run": {"workflow": "backfill.yml",
          "event": "schedule", "status": "completed", "conclusion": "success"},
          "jobs": [{"job_id": 17, "name": "capture", "status": "completed"}]}]}')"""
    ),
    "follow renames": _of_one(
        "backfill_follow_renames_v2(20)",
        """with renamed as (update contributors set username = 'another' where github_id = 7
          returning id)
        insert into backfill_renames (subject, subject_id, name)
        select 'contributors', id, 'another' from renamed""",
    ),
    "claim of a job": _of_one("backfill_claim_job_v1('bench', 60, '{inngest,github_actions}')"),
    "pause one": _of_one(
        f"backfill_control_repositories_v2('pause', '{{}}', {ORDER}, %(one)s)",
    ),
    "retry one": _of_one(f"backfill_control_repositories_v2('retry', '{{}}', {ORDER}, %(one)s)"),
    "status of one": _of_one("backfill_read_status_v2(%(one)s)"),
    "drift of one": _of_one("backfill_read_drift_v1(%(one)s, 100)"),
    "plan": _of_all(f"backfill_due_work_v2({SOURCES}, {CONNECTIONS})"),
    "peek at backfills": _of_all("backfill_peek_backfills_v1()"),
    "peek at sources": _of_all(f"backfill_peek_sources_v2({SOURCES}, {CONNECTIONS})"),
    "claim of any sync, forced": _of_all(
        "backfill_claim_v1('{pull_requests}', 'bench', 60, p_forced => true)"
    ),
    "claim after a kill": _of_all(
        "backfill_claim_v1('{pull_requests}', 'bench', 60, p_dead_holders => '{gone}')"
    ),
    "alert": _of_all("backfill_find_problems_v1()"),
    "observe alerts": _of_all(
        """backfill_observe_alerts_v2((%(held)s ->> 'token')::uuid, (
          select jsonb_build_object('problems', jsonb_agg(jsonb_build_object('repository_id', id,
            'kind', 'failed', 'severity', 'error', 'title', full_name, 'fingerprint', 'f',
            'detail', '{}'::jsonb)))
          from repositories where github_id %% 10 = 3))""",
        "select backfill_claim_alert_lease_v1('bench', 600)",
    ),
    "status, a page": _of_all("backfill_read_status_v2()"),
    "monitor": _of_all("backfill_read_snapshot_v1()"),
    "costs": _of_all("backfill_read_costs_v1(now() - interval '30 days', now())"),
    "budget": _of_all("backfill_read_budget_v1()"),
    "queue": _of_all("backfill_read_queue_v1()"),
    "peek at dispatch": _of_all("backfill_peek_dispatch_v1(50)"),
    "return jobs": _of_all("backfill_return_jobs_v1()"),
    "undecided jobs": _of_all("backfill_undecided_jobs_v1(500)"),
    "history": _of_all("backfill_list_interventions_v1()"),
    "history of one": _of_all("backfill_list_interventions_v1(%(one)s)"),
    "recover": _of_all(f"backfill_recover_v1({ORDER})"),
    "peek at recovery": _of_all(f"backfill_peek_recovery_v1({ORDER})"),
    "suspects": _of_all("backfill_find_suspects_v1(20)"),
    "sync-runs": _of_all("backfill_open_workflow_runs_v1(now() - interval '3 days')"),
    "end of sync-runs": _of_all("backfill_finish_run_sync_v1(%(run)s::uuid, now())"),
    "reconcile --due": _of_all("backfill_due_reconciliations_v1()"),
    "retry --all, a piece": _of_all(f"backfill_control_repositories_v2('retry', '{{}}', {ORDER})"),
    "retry --all, rehearsed, a piece": _of_all(
        f"backfill_peek_control_v2('retry', '{{}}', {ORDER})"
    ),
    "pause --all, a piece": _of_all(f"backfill_control_repositories_v2('pause', '{{}}', {ORDER})"),
    "doctor": _of_all("backfill_inspect_schema_v1()"),
    "exposure": _of_all("backfill_read_exposure_v1()"),
    "set --refresh-days": _of_all("backfill_set_refresh_v1(14)"),
    "status of a giant": _of_giant("backfill_read_status_v2(%(giant)s)"),
    "drift of a giant": _of_giant("backfill_read_drift_v1(%(giant)s, 100)"),
    "queue drift of a giant": _of_giant("backfill_queue_drift_v2(%(giant)s)"),
    "questions of a giant": _of_giant("backfill_next_questions_v1(%(giant)s, now())"),
    "sample of a giant": _of_giant("backfill_sample_repository_v1(%(giant)s, 100)"),
    "count a giant": _of_giant(
        "backfill_count_repositories_v2()",
        "update backfill_repositories set count_is_due = true where repository_id = %(giant)s",
    ),
    "claim of a giant": _of_giant(
        "backfill_claim_v1('{pull_requests}', 'bench', 60, p_repository_id => %(giant)s,"
        " p_forced => true)"
    ),
    "claim of a giant's backfill": _of_giant(
        "backfill_claim_v1('{backfill}', 'bench', 60, p_repository_id => %(giant)s)",
        "update progressive_backfill_state set status = 'active' where repository_id = %(giant)s",
    ),
    "retry a giant": _of_giant(
        f"backfill_control_repositories_v2('retry', '{{}}', {ORDER}, %(giant)s)"
    ),
    "rename a giant, a piece": _of_giant(
        "backfill_follow_renames_v2(200)",
        """insert into backfill_renames (subject, subject_id, name)
        select 'repositories', id, 'other/name' from repositories where id = %(giant)s""",
    ),
}
COUNTERS = """
    select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint as rows,
      coalesce(string_agg(relname || ' ' || seq_tup_read + coalesce(idx_tup_fetch, 0), ', ')
        filter (where seq_tup_read + coalesce(idx_tup_fetch, 0) > 300), '') as scanned
    from pg_stat_xact_user_tables
"""


def look(database: Database, call: Call) -> dict[str, Any]:
    """Call twice in a session and look at the second time; everything is taken back.

    Milliseconds are of the server's CPU, and "waited" is until the answer came.
    """
    values = {
        "run": uuid4(),
        "version": Jsonb(this_version()),
        "page": PAGE,
        "held": None,
        "giant": database.value("select id from repositories where github_id = 1"),
        "one": database.value("select id from repositories where github_id = 5"),
    }
    with psycopg.connect(
        database.conninfo, cursor_factory=psycopg.ClientCursor, row_factory=dict_row
    ) as connection:
        for _ in range(2):
            connection.rollback()
            for statement in call.before:
                done = connection.execute(statement.encode(), values)
                if done.description:
                    values["held"] = Jsonb(next(iter((done.fetchone() or {}).values())))
            before = connection.execute(COUNTERS).fetchone() or {}
            accounted = Path(f"/proc/{connection.info.backend_pid}/schedstat")
            began, taken = time.perf_counter(), _taken(accounted)
            plan = _explained(connection, call.function, values)
            waited, taken = time.perf_counter() - began, _taken(accounted) - taken
            after = connection.execute(COUNTERS).fetchone() or {}
        connection.rollback()
    top = plan["QUERY PLAN"][0]["Plan"]
    return {
        "milliseconds": taken,
        "waited": waited * 1_000,
        "rows": after["rows"] - before["rows"],
        "buffers": top["Shared Hit Blocks"] + top["Shared Read Blocks"],
        "scanned": after["scanned"] if after["scanned"] != before["scanned"] else "",
    }


def _explained(
    connection: psycopg.Connection[dict[str, Any]], function: str, values: dict[str, Any]
) -> dict[str, Any]:
    explain = f"explain (analyze, buffers, format json) select {function}"
    with connection.transaction():
        return connection.execute(explain.encode(), values).fetchone() or {}


def _taken(accounted: Path) -> float:
    """Return the milliseconds of CPU that a process took: a busy machine changes them less."""
    return int(accounted.read_text(encoding="ascii").split()[0]) / 1_000_000
