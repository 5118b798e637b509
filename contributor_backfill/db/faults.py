"""The meaning of a database error: call again, end the repository's turn, or end the run. Pure.

One table for every way to the database. SQLSTATEs come from Postgres and from the poolers before
it (Supavisor, PgBouncer), codes that begin with PGRST from PostgREST, and HTTP statuses from
Supabase's front.

Sources: https://www.postgresql.org/docs/current/errcodes-appendix.html,
https://docs.postgrest.org/en/latest/references/errors.html,
https://supabase.com/docs/guides/platform/http-status-codes.
"""

from enum import StrEnum

from contributor_backfill.domain.errors import (
    BackfillError,
    InUse,
    LeaseLost,
    NotConfigured,
    NotFound,
    PermissionMissing,
    SchemaMissing,
    StoreClosed,
    StoreFaltered,
    StoreFault,
    StoreReadOnly,
    StoreUnreachable,
)


class Consequence(StrEnum):
    """The consequence of an error."""

    RETRY = "call again; when that does not help, the run ends"
    FALTER = "call again; when that does not help, the repository's turn ends"
    TURN = "the repository's turn ends, and the run goes on with the next one"
    RUN = "the run ends: no repository can be stored"
    READ_ONLY = "the run ends: the database takes no writes"
    PERMISSION = "the turn ends; when the next repository meets the same, the run ends"
    KEY = "the run ends: the key or the password is not accepted"
    SCHEMA = "the run ends: our functions are not there"
    PAUSED = "the run ends: the project is paused or restricted"


BY_CODE = {
    "40001": Consequence.RETRY,  # serialization failure
    "40P01": Consequence.RETRY,  # deadlock
    "55P03": Consequence.RETRY,  # a lock that was not to be had in time
    "57P01": Consequence.RETRY,  # the server shuts down
    "57P02": Consequence.RETRY,  # the server crashed
    "57P03": Consequence.RETRY,  # the server starts
    "57P05": Consequence.RETRY,  # the session was idle for too long, and was ended
    "25P03": Consequence.RETRY,  # the same, inside a transaction
    "57014": Consequence.TURN,  # statement timeout: a smaller page may pass
    "25P04": Consequence.TURN,  # transaction timeout
    "25006": Consequence.READ_ONLY,  # also default_transaction_read_only
    "53100": Consequence.RUN,  # disk full
    "53400": Consequence.RUN,  # a configured limit is exceeded
    "53200": Consequence.FALTER,  # out of memory, perhaps for this page alone
    "42501": Consequence.PERMISSION,
    "42883": Consequence.SCHEMA,  # only where it names a function of ours
    "28P01": Consequence.KEY,
    "28000": Consequence.KEY,
    "3D000": Consequence.KEY,  # no such database
    "XX000": Consequence.FALTER,  # an internal error; also everything that Supavisor says
    "CB011": Consequence.SCHEMA,  # an older version migrated it
    "PGRST000": Consequence.RETRY,  # PostgREST without its database
    "PGRST001": Consequence.RETRY,
    "PGRST002": Consequence.RETRY,
    "PGRST003": Consequence.RETRY,  # no connection of the pool was free in time
    "PGRST106": Consequence.KEY,  # the schema is not exposed
    "PGRST202": Consequence.SCHEMA,
    "PGRST203": Consequence.SCHEMA,  # functions of two versions at once
    "PGRST300": Consequence.KEY,
    "PGRST301": Consequence.KEY,
    "PGRST302": Consequence.KEY,
    "PGRST303": Consequence.KEY,  # but see `consequence` for clocks that differ
}
"""By the whole SQLSTATE or PostgREST code."""
BY_CLASS = {
    "08": Consequence.RETRY,  # connection exceptions
    "53": Consequence.RETRY,  # insufficient resources, such as too many connections
    "58": Consequence.FALTER,  # the server's own files and system
    "XX": Consequence.FALTER,  # internal errors
}
"""By the first two characters of a SQLSTATE."""
BY_STATUS = {
    401: Consequence.KEY,
    402: Consequence.PAUSED,  # Supabase restricts a project that has used up its plan
    403: Consequence.KEY,
    404: Consequence.KEY,  # no such project, or no API at this address
    405: Consequence.KEY,
    408: Consequence.RETRY,
    413: Consequence.TURN,  # the page is too large
    425: Consequence.RETRY,
    429: Consequence.RETRY,
    500: Consequence.FALTER,
    540: Consequence.PAUSED,
}
"""By the HTTP status, where the body has no code that says more."""
WORDS: dict[Consequence, tuple[type[BackfillError], str, str]] = {
    Consequence.RETRY: (StoreUnreachable, "The database is not available", ""),
    Consequence.FALTER: (StoreFaltered, "The database is in trouble", ""),
    Consequence.TURN: (StoreFault, "The database refused the call", ""),
    Consequence.RUN: (
        StoreClosed,
        "The database cannot store anything",
        "Make room, or raise the limit that it names.",
    ),
    Consequence.READ_ONLY: (
        StoreReadOnly,
        "The database takes no writes",
        "Look for default_transaction_read_only, and for a full disk at Supabase.",
    ),
    Consequence.PERMISSION: (
        PermissionMissing,
        "The database refuses this key or user",
        "Use Supabase's service (secret) key, or a user that may become service_role.",
    ),
    Consequence.KEY: (
        NotConfigured,
        "The database refuses this address, key or user",
        "Check SUPABASE_URL and SUPABASE_SERVICE_KEY (the service or secret key), or DATABASE_URL.",
    ),
    Consequence.SCHEMA: (
        SchemaMissing,
        "The database is not ready for this version",
        "Run `contributor-backfill migrate`.",
    ),
    Consequence.PAUSED: (
        NotConfigured,
        "Supabase does not serve this project",
        "It is paused or restricted: see its dashboard.",
    ),
}
"""The error of each consequence, how its sentence begins, and what to do."""
OURS: dict[str, type[BackfillError]] = {
    "CB002": NotFound,
    "CB003": NotConfigured,
    "CB004": InUse,
    "CB010": NotConfigured,  # a newer version migrated it
}
"""Codes that our own functions raise, beside a lost lease."""
LONGEST_CODE = 40
LONGEST_MESSAGE = 4_000
"""Characters; the longest of ours name columns, one by one."""
TOO_MUCH = frozenset({"57014", "25P04", "53200", "413", "54000"})
"""Codes that a smaller page may avoid."""


def consequence(code: str, status: int | None, message: str) -> Consequence:
    """Decide what follows an error; `status` is null over a direct connection."""
    if found := _by_words(code, message.lower()):
        return found
    if code in BY_CODE:
        return BY_CODE[code]
    if len(code) == 5 and code[:2] in BY_CLASS:
        return BY_CLASS[code[:2]]
    # PostgREST hands on Postgres's code; where there is none, a proxy answered before it.
    if status is None or code not in {"", str(status)}:
        return Consequence.TURN
    if 300 <= status < 400:
        return Consequence.KEY  # we were sent elsewhere: the address is wrong
    return BY_STATUS.get(status, Consequence.RETRY if status >= 500 else Consequence.TURN)


def _by_words(code: str, message: str) -> Consequence | None:
    """Return the consequence of the few codes whose message decides."""
    if code == "42883" and "backfill_" not in message:
        return Consequence.TURN  # a trigger of somebody's calls a function that is not there
    if code == "22023" and "service_role" in message:
        return Consequence.SCHEMA  # `migrate` makes that role where it is missing
    if code == "PGRST303" and "future" in message:
        return Consequence.RETRY  # two clocks of Supabase's differ by seconds
    if code == "XX000" and "tenant" in message:
        return Consequence.KEY  # Supavisor does not know the project in the user's name
    return None


def error_for(
    code: str, message: str, hint: str = "", *, status: int | None = None
) -> BackfillError:
    """Return the error that a code and an HTTP status stand for."""
    code, message, hint = code[:LONGEST_CODE], _readable(message), _readable(hint)
    if code == "CB001":
        return LeaseLost(message, code=code, advice=hint)
    if code in OURS:
        return OURS[code](message, advice=hint)
    found = consequence(code, status, message)
    kind, begins, advice = WORDS[found]
    text = f"{begins}: {message.rstrip('.')} ({code or status or 'no code'})."
    advice = hint if found is Consequence.TURN else advice
    # Only these have a code that decides further.
    if issubclass(kind, StoreFault):
        return kind(text, code=code or str(status or ""), advice=advice)
    return kind(text, advice=advice)


def _readable(text: str) -> str:
    """Return no more of a text than a person reads: a proxy's may have 64 MB, and is recorded."""
    return f"{text[:LONGEST_MESSAGE]}…" if len(text) > LONGEST_MESSAGE else text


def is_too_much(fault: StoreFault) -> bool:
    """Tell whether a smaller page may pass where this one was refused."""
    return fault.code in TOO_MUCH


def ends_run(fault: StoreFault) -> bool:
    """Tell whether no other repository could be stored either, so that the run must end."""
    if isinstance(fault, StoreUnreachable):
        return not isinstance(fault, StoreFaltered)
    return isinstance(fault, StoreClosed)
