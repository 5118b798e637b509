"""Check every prerequisite and say what was found and what to do next."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.gateway.reports import (
    ColumnDifference,
    Inspection,
    LackingPermissions,
    WriteProbe,
)
from contributor_backfill.db.migrations import pending
from contributor_backfill.domain.bounds import reserve_points
from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.control import Private
from contributor_backfill.domain.errors import BackfillError, SchemaMissing
from contributor_backfill.domain.types import RateLimit
from contributor_backfill.github.client import GitHubClient, rest_quota
from contributor_backfill.github.documents import query_text

CLOCK = "GitHub's clock"
LARGEST_SKEW = timedelta(seconds=30)
"""Less may be a slow response."""
REST_ADVICE = "Check GITHUB_API_URL, and that the token may use the REST API."
GOOD_DATABASE = "a database that responds and was migrated"
TAKEN_BY_BOTH = "a token that GitHub's GraphQL and REST APIs accept"
SPENT = "Runs wait until then. To use the rest now: progressive-backfill --reserve 0"
AT_MOST = f"{LARGEST_SKEW.total_seconds():.0f} s at most"
MOST_NAMES = 5
TOKEN_KINDS = {
    "github_pat_": "fine-grained personal access token",
    "ghp_": "classic personal access token",
    "ghs_": "installation token (GITHUB_TOKEN of Actions, or a GitHub App)",
    "gho_": "OAuth token",
    "ghu_": "user token of a GitHub App",
}


class Result(StrEnum):
    """The result of a check."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Check:
    """One prerequisite: what was found; when it is not met, what is wanted and what mends it."""

    name: str
    result: Result
    found: str
    next_step: str = ""
    wanted: str = ""


def token_kind(token: str) -> str:
    """Name the kind of a token by its prefix."""
    return next((k for p, k in TOKEN_KINDS.items() if token.startswith(p)), "token of unknown kind")


def check_github(client: GitHubClient, token: str, clock: Clock) -> list[Check]:
    """Check the token on both APIs, its limits, and GitHub's clock against ours, for one point."""
    by_graphql = _graphql(client, token, clock)
    by_rest = _rest(client)
    # The two APIs may differ: behind a proxy one is blocked, a GitHub App lacks a permission.
    if Result.PROBLEM not in {by_graphql[0].result, by_rest.result}:
        return [*by_graphql, by_rest]
    if by_rest.result is not Result.PROBLEM:
        return [_one_sided(by_graphql[0], "REST takes this token, GraphQL does not"), by_rest]
    if by_graphql[0].result is not Result.PROBLEM:
        return [*by_graphql, _one_sided(by_rest, "GraphQL takes this token, REST does not")]
    return [*by_graphql, by_rest]


def _one_sided(check: Check, finding: str) -> Check:
    return replace(check, found=f"{finding}: {check.found}")


def _graphql(client: GitHubClient, token: str, clock: Clock) -> list[Check]:
    try:
        response = client.execute(query_text("viewer"), {})
    except BackfillError as error:
        return [Check("token", Result.PROBLEM, error.message, error.advice, TAKEN_BY_BOTH)]
    who = response.data["viewer"]["login"]
    checks = [Check("token", Result.OK, f"a {token_kind(token)}, acting as {who}")]
    if limit := response.rate_limit:
        reserve = reserve_points(limit.limit, None)
        found = f"{_left(limit, 'points')}, {reserve:,} of them kept for others"
        spent = limit.remaining <= reserve
        checks.append(
            Check(
                "quota",
                Result.WARNING if spent else Result.OK,
                found,
                SPENT if spent else "",
                f"more than {reserve:,} points",
            )
        )
    if response.date:
        # Resets and leases are moments: with another clock runs wait too long, or not at all.
        checks.append(_skew(CLOCK, response.date, clock.now()))
    return checks


def _rest(client: GitHubClient) -> Check:
    """Ask REST for its quota, which costs nothing: review comments come from there."""
    try:
        limit = rest_quota(client)
    except BackfillError as error:
        return Check(
            "REST", Result.PROBLEM, error.message, error.advice or REST_ADVICE, TAKEN_BY_BOTH
        )
    if limit is None:
        return Check("REST", Result.OK, "the token is accepted; the server sets no limit")
    is_spent = limit.remaining == 0
    return Check(
        "REST",
        Result.WARNING if is_spent else Result.OK,
        f"the token is accepted; {_left(limit, 'requests')}",
        "Wait: review comments are captured again after the reset." if is_spent else "",
        "at least one request",
    )


def _left(limit: RateLimit, unit: str) -> str:
    until = f"{limit.reset_at:%H:%M} UTC"
    return f"{limit.remaining:,} of {limit.limit:,} {unit} left until {until}"


def check_database(gateway: Gateway, clock: Clock) -> list[Check]:
    """Check that the database responds, is up to date, takes writes, and hides no trap."""
    try:
        # Of an older one the check of the schema names each missing step.
        with suppress(SchemaMissing):
            gateway.check_version()
        schema = gateway.inspect_schema()
        probe = gateway.probe_write()
    except BackfillError as error:
        return [Check("database", Result.PROBLEM, error.message, error.advice, GOOD_DATABASE)]
    found = f"PostgreSQL {schema.server_version}, as {schema.role}"
    checks = [Check("database", Result.OK, found), _schema(schema), _permission(schema, probe)]
    checks += [_encoding(schema), _columns(schema.column_differences)]
    checks += _permissions(schema.missing_permissions)
    checks.append(_required_columns(schema.required_columns_not_written))
    checks.append(_length_limits(schema.length_limits))
    checks += _privacy(gateway)
    checks.append(_skew("database's clock", schema.now, clock.now()))
    return checks


def _schema(schema: Inspection) -> Check:
    missing = [step.name for step in pending(schema.migrations)]
    if missing:
        return Check(
            "schema",
            Result.PROBLEM,
            f"older than this version: {', '.join(missing)} missing",
            "Run `contributor-backfill migrate`.",
            "every step of this version",
        )
    return Check("schema", Result.OK, f"up to date; merged is stored as {schema.merged_state}")


def _encoding(schema: Inspection) -> Check:
    # Only PostgreSQL of one's own can have another one; it refuses emoji in the middle of a run.
    encoding = schema.encoding
    if encoding != "UTF8":
        return Check(
            "encoding",
            Result.PROBLEM,
            f"{encoding} cannot hold every text on GitHub",
            "Use a database made with: create database … encoding 'UTF8' template template0.",
            "UTF8",
        )
    return Check("encoding", Result.OK, encoding)


def _columns(differences: tuple[ColumnDifference, ...]) -> Check:
    if not differences:
        return Check("columns", Result.OK, "every one that is written is there, with its type")
    found = (
        f"{d.table}.{d.column} is {d.found or 'missing'}, wanted {d.wanted}" for d in differences
    )
    # Ready to be pasted: the column may hold data, so its values are converted.
    mending = (
        f"alter table {d.table} "
        + (f"alter column {d.column} type" if d.found else f"add column {d.column}")
        + f" {d.wanted}"
        + (f" using {d.column}::{d.wanted};" if d.found else ";")
        for d in differences
    )
    wanted = "every column with the type above"
    return Check("columns", Result.PROBLEM, "; ".join(found), " ".join(mending), wanted)


def _permissions(lacking: tuple[LackingPermissions, ...]) -> list[Check]:
    """Say what the token could not see when the repositories were last read."""
    if not lacking:
        return []
    by_permission: dict[str, list[str]] = {}
    for repository in lacking:
        for permission in repository.permissions:
            by_permission.setdefault(permission, []).append(repository.full_name)
    found = (f"no {what} for {_some(names)}" for what, names in sorted(by_permission.items()))
    return [
        Check(
            "token's permissions",
            Result.WARNING,
            f"{'; '.join(found)}; fields that need it are stored as null",
            f"Give the token {', '.join(sorted(by_permission))} for them (a GitHub App: accept the"
            " new permissions). What is missing is asked for again twice a day.",
            "read access to all that is captured",
        )
    ]


def _some(names: list[str]) -> str:
    rest = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + rest


def _permission(schema: Inspection, probe: WriteProbe) -> Check:
    if schema.read_only:
        return Check(
            "write permission",
            Result.PROBLEM,
            "the database is read-only (default_transaction_read_only, or a standby)",
            "End the maintenance, or free space: Supabase makes a full project read-only. Then:"
            " alter database … set default_transaction_read_only = off;",
            "a database that can be written",
        )
    if schema.tables_not_writable:
        tables = ", ".join(schema.tables_not_writable)
        return Check(
            "write permission",
            Result.PROBLEM,
            f"the role {schema.role} may not write {tables}",
            "Set SUPABASE_SERVICE_KEY to the service (secret) key, or: grant insert, update on"
            f" {tables} to {schema.role};",
            "the permission to write every table",
        )
    if not probe.writable:
        return Check(
            "write permission",
            Result.PROBLEM,
            f"a trial row was refused: {probe.message} ({probe.sqlstate})",
            "Remove the cause that the message names, such as a full disk, and check again with:"
            " contributor-backfill doctor",
            "a trial row that can be stored",
        )
    return Check("write permission", Result.OK, "a trial row was written and taken back")


def _required_columns(columns: tuple[str, ...]) -> Check:
    if columns:
        return Check(
            "required columns",
            Result.PROBLEM,
            f"NOT NULL without a default, and not written by this tool: {', '.join(columns)}",
            " ".join(map(_with_default, columns)),
            "a default for each column, or null allowed",
        )
    return Check("required columns", Result.OK, "every one is written")


def _with_default(column: str) -> str:
    table, _, name = column.rpartition(".")
    return f"alter table {table or '…'} alter column {name} drop not null;"


def _length_limits(limits: Mapping[str, int]) -> Check:
    if limits:
        listed = ", ".join(f"{column} {limit:,}" for column, limit in limits.items())
        return Check(
            "length limits",
            Result.WARNING,
            f"types and CHECKs limit the characters of: {listed}",
            "Longer texts are shortened, and kept whole in backfill_rejects. To store them whole:"
            " alter table … alter column … type text; and drop the CHECK.",
            "no limit",
        )
    return Check("length limits", Result.OK, "none")


def _privacy(gateway: Gateway) -> list[Check]:
    try:
        exposure = gateway.read_exposure()
    except SchemaMissing:
        # The check of the schema says so.
        return []
    published = [private for private in exposure.private if not private.may_be_published]
    meant = [private.full_name for private in exposure.private if private.may_be_published]
    if not exposure.readers:
        return [Check("privacy", Result.OK, "nobody but the service role reads what is stored")]
    found = f"{exposure.who} can read {exposure.what}"
    if published:
        return [
            Check(
                "privacy",
                Result.PROBLEM,
                f"{', '.join(map(_named, published))}: private, and {found} ({exposure.reasons})",
                "Revoke these rights, delete the data (`untrack --delete-data`), or `track` it with"
                " --publish-private if people may read it.",
                "private repositories that nobody but the service role reads",
            )
        ]
    if meant:
        found = f"{', '.join(meant)}: private, and {found}, as --publish-private wants"
        return [Check("privacy", Result.WARNING, found)]
    return [Check("privacy", Result.OK, f"{found}; `track` refuses private repositories")]


def _named(private: Private) -> str:
    return private.full_name if private.is_tracked else f"{private.full_name} (untracked)"


def _skew(name: str, theirs: datetime, ours: datetime) -> Check:
    # Either way round: which of the two clocks is wrong cannot be known from here.
    skew = abs(theirs - ours)
    found = f"{skew.total_seconds():.0f} s from this machine's"
    if skew > LARGEST_SKEW:
        return Check(
            name,
            Result.WARNING,
            found,
            "Set this machine's clock: sudo timedatectl set-ntp true",
            AT_MOST,
        )
    return Check(name, Result.OK, found)
