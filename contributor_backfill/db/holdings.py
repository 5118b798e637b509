"""The contents of a database beside one repository; without any, it can be begun anew."""

import re
from importlib import resources

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from contributor_backfill.db.postgres import connect, translated
from contributor_backfill.db.schema import PUBLIC, in_schema
from contributor_backfill.domain.errors import InUse

_CREATED = re.compile(r"create table if not exists public\.(\w+)")
_RELATIONS = """
    select n.nspname, c.relname
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'f', 'm', 'v')
      and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
    order by 1, 2
"""
_OWN = "(select id from public.repositories where lower(full_name) = %(own)s)"
_NAMES_ANOTHER = (
    "exists (select from unnest(string_to_array(t.repository, ',')) n"
    " where lower(trim(n)) not in ('', %(own)s) and not exists"
    " (select from public.repositories o where lower(o.full_name) = %(own)s and o.id::text = n))"
)
_OF_ANOTHER = f"t.repository_id is not null and t.repository_id not in {_OWN}"
_NOT_OF_IT = f"t.repository_id is null or t.repository_id not in {_OWN}"
_NEVER = "false"
_FOREIGN = {
    "repositories": "lower(t.full_name) <> %(own)s",
    "contributors": f"""
        not exists (select from public.pull_requests p where p.repository_id in {_OWN}
          and t.id in (p.author_id, p.merged_by_id, p.assignee_id))
        and not exists (select from public.reviews r where r.repository_id in {_OWN}
          and t.id in (r.author_id, r.reviewer_id))
        and not exists (select from public.comments c where c.repository_id in {_OWN}
          and t.id = c.commenter_id)
    """,  # noqa: S608  # of the texts above alone
    "pull_requests": _NOT_OF_IT,
    "tracked_repositories": _NOT_OF_IT,
    "progressive_capture_jobs": _NOT_OF_IT,
    "backfill_runs": _NAMES_ANOTHER,
    "backfill_interventions": f"({_OF_ANOTHER}) or {_NAMES_ANOTHER}",
    "backfill_routing": (
        "exists (select from unnest(t.included || t.excluded) n where n <> %(own)s)"
    ),
    # Of a pull request, an account or an alert, which are looked at themselves.
    "backfill_deletions": _NEVER,
    "backfill_renames": _NEVER,
    "backfill_tellings": _NEVER,
    # Of the whole database.
    "backfill_migrations": _NEVER,
    "backfill_alert_lease": _NEVER,
    "backfill_database_sizes": _NEVER,
    "backfill_budget": _NEVER,
    "backfill_refresh": _NEVER,
    "backfill_run_days": _NEVER,
}
"""Which rows are not of the one repository, by table. Of tables that are not here `repository_id`
tells, and where there is none, every row is foreign."""


def beside(conninfo: str, full_name: str) -> tuple[str, ...]:
    """Return in words what a database holds that is not of one repository; nothing of an empty one.

    Raises `StoreFault` and its kinds.
    """
    with translated(conninfo), connect(conninfo) as connection:
        relations = [(str(s), str(n)) for s, n in connection.execute(_RELATIONS)]
        ours = _tables_of_ours()
        schemas = {s for s, n in relations if n == "backfill_migrations"} | {PUBLIC}
        strange = [f"{s}.{n}" for s, n in relations if s not in schemas or n not in ours]
        known = [(s, n) for s, n in relations if s in schemas and n in ours]
        counted = ((n, _foreign_rows(connection, s, n, full_name.lower())) for s, n in known)
        return (*(f"{n:,} row{'s' * (n > 1)} of {name}" for name, n in counted if n), *strange)


def begin_anew(conninfo: str) -> None:
    """Replace a database by an empty one. Raises `InUse` while somebody else is connected."""
    name = sql.Identifier(str(conninfo_to_dict(conninfo)["dbname"]))
    server = make_conninfo(conninfo, dbname="postgres")
    with translated(server), connect(server, autocommit=True) as connection:
        try:
            # Nothing of an older version is left then, as it could be in emptied tables.
            connection.execute(sql.SQL("drop database {}").format(name))
        except psycopg.errors.ObjectInUse as error:
            raise InUse(
                "Another command is at work in this database.",
                advice="Wait for it to end, or end it, and try again.",
            ) from error
        connection.execute(sql.SQL("create database {}").format(name))


def _tables_of_ours() -> frozenset[str]:
    migrations = resources.files("contributor_backfill.db") / "sql" / "migrations"
    texts = (file.read_text(encoding="utf-8") for file in migrations.iterdir())
    return frozenset(name for text in texts for name in _CREATED.findall(text))


def _foreign_rows(
    connection: psycopg.Connection[tuple[object, ...]], schema: str, table: str, own: str
) -> int:
    """Return how many rows of a table are not of the repository `own`."""
    condition = _FOREIGN.get(table)
    if condition is None:
        condition = _OF_ANOTHER if _has_repository(connection, schema, table) else "true"
    query = sql.SQL("select count(*) from {} t where {}").format(
        sql.Identifier(schema, table),
        sql.SQL(in_schema(condition, schema)),
    )
    row = connection.execute(query, {"own": own}).fetchone()
    return int(str(row[0])) if row else 0


def _has_repository(
    connection: psycopg.Connection[tuple[object, ...]], schema: str, table: str
) -> bool:
    found = connection.execute(
        "select from pg_attribute where attrelid = to_regclass(%s) and attname = 'repository_id'",
        [in_schema(f"public.{table}", schema)],
    )
    return found.fetchone() is not None
