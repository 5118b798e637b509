"""Calling a function as PostgREST does: found by its argument names, one call one transaction."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from tests.support.postgrest_errors import Refused, error_reply
from tests.support.postgrest_http import NO_CONTENT, Reply
from tests.support.postgrest_keys import Identity

OK = 200
NOT_FOUND = 404
MULTIPLE_CHOICES = 300
RENAME = (
    "Try renaming the parameters or the function itself in the database so function overloading"
    " can be resolved"
)
_CANDIDATES = """
select
    array(
        select a.name
        from unnest(p.proargnames, p.proargmodes) with ordinality as a(name, mode, position)
        where coalesce(a.mode, 'i') in ('i', 'b', 'v')
        order by a.position
    )::text[] as names,
    array(
        select format_type(t.type, null)
        from unnest(p.proargtypes::oid[]) with ordinality as t(type, position)
        order by t.position
    ) as types,
    p.pronargs - p.pronargdefaults as required,
    p.proretset as returns_set,
    p.prorettype = 'void'::regtype as returns_nothing,
    p.provolatile <> 'v' as read_only,
    (
        select split_part(setting, '=', 2)
        from unnest(p.proconfig) as setting
        where setting like 'statement_timeout=%%'
    ) as timeout
from pg_proc as p
where p.pronamespace = to_regnamespace(quote_ident(%s)) and p.proname = %s and p.prokind = 'f'
order by p.oid
"""
_ROLE_TIMEOUT = """
select split_part(setting, '=', 2)
from pg_roles, unnest(rolconfig) as setting
where rolname = %s and setting like 'statement_timeout=%%'
"""


@dataclass(frozen=True)
class Function:
    """One function of the schema, as the catalog describes it."""

    names: list[str]
    types: list[str]
    required: int
    returns_set: bool
    returns_nothing: bool
    read_only: bool
    timeout: str | None

    def takes(self, given: Iterable[str]) -> bool:
        """Tell whether a call with these argument names fits."""
        return set(self.names[: self.required]) <= set(given) <= set(self.names)


@dataclass(frozen=True)
class Call:
    """A call as it came: the function, the names of the arguments, and all of them as JSON."""

    function: str
    given: list[str]
    arguments: str
    schema: str


def perform(connection: psycopg.Connection, call: Call, identity: Identity) -> Reply:
    """Call the function in a transaction of its own and return its result as the reply.

    Raises Refused when no function fits or several do, and what psycopg raises.
    """
    with connection.transaction():
        function = _choose(call, _candidates(connection, call))
        role_timeout = connection.execute(_ROLE_TIMEOUT, [identity.role]).fetchone()
    timeout = function.timeout or (role_timeout[0] if role_timeout else None)
    with connection.transaction():
        if function.read_only:
            connection.execute("set transaction read only")
        _become(connection, identity, timeout, call.schema)
        row = connection.execute(_statement(call, function), [call.arguments]).fetchone()
    if function.returns_nothing:
        return Reply(NO_CONTENT)
    return Reply(OK, (row[0] if row and row[0] else "null").encode())


def _candidates(connection: psycopg.Connection, call: Call) -> list[Function]:
    with connection.cursor(row_factory=class_row(Function)) as cursor:
        return cursor.execute(_CANDIDATES, [call.schema, call.function]).fetchall()


def _choose(call: Call, candidates: list[Function]) -> Function:
    fitting = [candidate for candidate in candidates if candidate.takes(call.given)]
    if not fitting:
        raise Refused(_not_found(call, sorted(call.given)))
    if len(fitting) > 1:
        raise Refused(_ambiguous(call, fitting))
    return fitting[0]


def _not_found(call: Call, given: list[str]) -> Reply:
    name = f"{call.schema}.{call.function}"
    plural = "s" if len(given) > 1 else ""
    searched = f" with parameter{plural} {', '.join(given)}" if given else " without parameters"
    wanted = f"({', '.join(given)})" if given else " without parameters"
    return error_reply(
        NOT_FOUND,
        "PGRST202",
        f"Could not find the function {name}{wanted} in the schema cache",
        f"Searched for the function {name}{searched} or with a single unnamed json/jsonb"
        " parameter, but no matches were found in the schema cache.",
    )


def _ambiguous(call: Call, fitting: list[Function]) -> Reply:
    name = f"{call.schema}.{call.function}"
    signatures = [
        ", ".join(f"{argument} => {kind}" for argument, kind in zip(f.names, f.types, strict=True))
        for f in fitting
    ]
    between = ", ".join(f"{name}({signature})" for signature in signatures)
    return error_reply(
        MULTIPLE_CHOICES,
        "PGRST203",
        f"Could not choose the best candidate function between: {between}",
        hint=RENAME,
    )


def _become(
    connection: psycopg.Connection, identity: Identity, timeout: str | None, schema: str
) -> None:
    settings = {
        "search_path": f'"{schema}"',
        "request.jwt.claims": json.dumps(identity.claims),
        "role": identity.role,
    }
    if timeout:
        settings["statement_timeout"] = timeout
    connection.execute(
        "select set_config(s.name, s.value, true)"
        " from unnest(%s::text[], %s::text[]) as s(name, value)",
        [list(settings), list(settings.values())],
    )


def _statement(call: Call, function: Function) -> sql.Composed:
    """Build the call: arguments by name out of one JSON object, missing ones left to defaults."""
    types = dict(zip(function.names, function.types, strict=True))
    names = [(sql.Identifier(name), sql.SQL(types[name])) for name in call.given]
    columns = sql.SQL(", ").join(sql.SQL("{} {}").format(*column) for column in names)
    record = sql.SQL("json_to_record(%s::json) as _({})").format(columns)
    return sql.SQL("select {}::text from {}, {}({}) as t").format(
        sql.SQL("coalesce(json_agg(t), '[]')" if function.returns_set else "to_json(t)"),
        record if names else sql.SQL("(select %s) as _"),
        sql.Identifier(call.schema, call.function),
        sql.SQL(", ").join(sql.SQL("{0} => _.{0}").format(name) for name, _ in names),
    )
