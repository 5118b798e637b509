"""The one error tree. Every error says what was wrong and what to do, and has its exit code.

BackfillError                 1  failed and recorded
├── NotConfigured             3  a setting or a prerequisite is missing
│   └── SchemaMissing         3  the database lacks the functions of this version
├── InvalidInput              2  a value on the command line cannot be used
├── NotFound                  1  a thing that was named does not exist
├── InUse                     1  a run is at work on it, so it was left alone
├── StoreFault                1  the database refused a call, for one repository as far as is known
│   ├── StoreUnreachable      1  no response: the call may be repeated, every function is idempotent
│   │   └── StoreFaltered     1  repeated too; when that does not help, it is this call's own fault
│   ├── StoreClosed           1  nothing can be stored, whichever repository it is: a full disk
│   │   └── StoreReadOnly     3  the database takes no writes
│   ├── PermissionMissing     3  the key or user lacks a right (NotConfigured too)
│   └── LeaseLost             1  the lease has passed to another run; never retried
├── BudgetReached         0  the month's budget is used up: put off, and recorded as deferred
├── NotGenuine                1  a webhook that GitHub did not sign, or not with this secret
├── GitHubFault               1  GitHub gave no usable response (see github.faults)
└── DriftFound                4  something is missing
"""

from contributor_backfill.domain.redaction import shown


class BackfillError(Exception):
    """An error that ends in one sentence for the user.

    `advice` says what to do next.
    """

    exit_code = 1

    def __init__(self, message: str, *, advice: str = "") -> None:
        # Much of it may come from outside. Here it becomes fit to be shown, stored and sent, once.
        self.message = shown(message)
        self.advice = shown(advice)
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".strip()


class NotConfigured(BackfillError):
    """A setting or a prerequisite is missing."""

    exit_code = 3


class SchemaMissing(NotConfigured):
    """The database does not have the functions of this version."""


class InvalidInput(BackfillError):
    """A value on the command line cannot be used."""

    exit_code = 2


class NotFound(BackfillError):
    """A thing that was named does not exist."""


class InUse(BackfillError):
    """A run is at work on what was to be changed, so it was left alone."""


class StoreFault(BackfillError):
    """The database refused a call. `code` is the SQLSTATE or PostgREST code, when there was one."""

    def __init__(self, message: str, *, code: str = "", advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.code = code


class StoreUnreachable(StoreFault):
    """The database did not answer; whether it did the work is unknown.

    `retry_after` is how many seconds it asked to wait, when it did.
    """

    retry_after: float | None = None


class StoreFaltered(StoreUnreachable):
    """The database failed inside, at this call perhaps more than at others."""


class StoreClosed(StoreFault):
    """The database stores nothing, whichever repository it is."""


class StoreReadOnly(StoreClosed):
    """The database takes no writes."""

    exit_code = 3


class PermissionMissing(StoreFault, NotConfigured):
    """The key or user lacks a right, or a trigger says so."""


class LeaseLost(StoreFault):
    """The lease has passed to another run."""


class NotGenuine(BackfillError):
    """A webhook that GitHub did not sign, or not with this secret."""


class BudgetReached(BackfillError):
    """The month's budget is used up: nothing was done, and GitHub was not asked."""

    exit_code = 0


class DriftFound(BackfillError):
    """Something that should be there is missing."""

    exit_code = 4
