"""PostgREST's error bodies, and its table from SQLSTATE to HTTP status.

Source: the answers of PostgREST 12.0.2 to a function that raises each of these states.
"""

import json
from typing import Any

import psycopg

from tests.support.postgrest_http import Reply

# The longest prefix decides; everything else is 400.
STATUS_OF_PREFIX = {
    "08": 503,  # connection exception
    "09": 500,  # triggered action exception
    "0L": 403,  # invalid grantor
    "0P": 403,  # invalid role specification
    "23503": 409,  # foreign key violation
    "23505": 409,  # unique violation
    "25": 500,  # invalid transaction state
    "25006": 405,  # write in a read-only transaction
    "28": 403,  # invalid authorization
    "2D": 500,  # invalid transaction termination
    "38": 500,  # external routine exception
    "39": 500,  # external routine invocation exception
    "3B": 500,  # savepoint exception
    "40": 500,  # transaction rollback
    "42501": 403,  # insufficient privilege
    "42883": 404,  # undefined function
    "42P01": 404,  # undefined table
    "53": 503,  # insufficient resources
    "54": 413,  # program limit exceeded
    "55": 500,  # object not in prerequisite state
    "57": 500,  # operator intervention, such as a statement timeout
    "57P01": 503,  # the server is being shut down
    "58": 500,  # system error
    "F0": 500,  # configuration file error
    "HV": 500,  # foreign data wrapper error
    "P0": 500,  # PL/pgSQL error
    "P0001": 400,  # raise exception
    "XX": 500,  # internal error
}
BAD_REQUEST = 400
UNAUTHORIZED = 401


class Refused(Exception):
    """A request that ends with `reply` before the function is called."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.body.decode())
        self.reply = reply


def error_reply(
    status: int, code: str, message: str, details: str | None = None, hint: str | None = None
) -> Reply:
    """Return an error in PostgREST's form."""
    return _json_reply(status, {"code": code, "details": details, "hint": hint, "message": message})


def gateway_reply(message: str) -> Reply:
    """Return the refusal of Supabase's gateway, which knows no codes."""
    return _json_reply(UNAUTHORIZED, {"message": message})


def database_reply(error: psycopg.Error, role: str) -> Reply:
    """Return what PostgREST makes of a database error; without a SQLSTATE the connection broke."""
    if error.sqlstate is None:
        return error_reply(503, "PGRST001", "Database client error. Retrying the connection.")
    detail = error.diag
    return error_reply(
        status_of(error.sqlstate, role),
        error.sqlstate,
        detail.message_primary or "",
        detail.message_detail,
        detail.message_hint,
    )


def status_of(sqlstate: str, role: str) -> int:
    """Return the HTTP status; the class PT names it itself, as in PT409."""
    if sqlstate.startswith("PT") and sqlstate[2:].isdigit():
        return int(sqlstate[2:])
    if sqlstate == "42501" and role == "anon":
        return UNAUTHORIZED
    prefixes = [prefix for prefix in STATUS_OF_PREFIX if sqlstate.startswith(prefix)]
    return STATUS_OF_PREFIX[max(prefixes, key=len)] if prefixes else BAD_REQUEST


def _json_reply(status: int, body: dict[str, Any]) -> Reply:
    return Reply(status, json.dumps(body, ensure_ascii=False).encode())
