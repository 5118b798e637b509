"""One table says what follows an error of the database, whichever way it came."""

import pytest

from contributor_backfill.db.faults import (
    BY_CLASS,
    BY_CODE,
    BY_STATUS,
    WORDS,
    Consequence,
    consequence,
    ends_run,
    error_for,
    is_too_much,
)
from contributor_backfill.domain.errors import (
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

EXPECTED = {
    StoreUnreachable: "40001 40P01 55P03 57P01 57P02 57P03 57P05 25P03 08006 08P01 53300 53000"
    " PGRST000 PGRST001 PGRST002 PGRST003",
    StoreFaltered: "XX000 XX001 53200 58030 58P01",
    StoreFault: "57014 25P04 42703 42P01 22001 23505 23503 23514 P0001 0A000 22P02 54000 21000",
    StoreClosed: "53100 53400",
    StoreReadOnly: "25006",
    PermissionMissing: "42501",
    NotConfigured: "28P01 28000 3D000 PGRST106 PGRST300 PGRST301 PGRST302 PGRST303 CB003 CB010",
    SchemaMissing: "PGRST202 PGRST203 CB011",
    LeaseLost: "CB001",
    NotFound: "CB002",
    InUse: "CB004",
}
BY_HTTP = {
    StoreUnreachable: (408, 425, 429, 502, 503, 504, *range(520, 528), 530, 544, 546, 556),
    StoreFaltered: (500,),
    StoreFault: (400, 409, 413, 422),
    NotConfigured: (301, 302, 307, 401, 402, 403, 404, 405, 540),
}
CODES = [(kind, code) for kind, codes in EXPECTED.items() for code in codes.split()]
STATUSES = [(kind, status) for kind, statuses in BY_HTTP.items() for status in statuses]


@pytest.mark.parametrize(("kind", "code"), CODES)
@pytest.mark.parametrize("status", [None, 400, 500, 503])
def test_a_code_means_the_same_whatever_status_it_comes_with(
    kind: type[Exception], code: str, status: int | None
) -> None:
    error = error_for(code, "said the server", status=status)

    assert type(error) is kind


@pytest.mark.parametrize(("kind", "status"), STATUSES)
@pytest.mark.parametrize("has_code", [True, False])
def test_a_front_without_a_code_is_judged_by_its_status(
    kind: type[Exception], status: int, has_code: bool
) -> None:
    error = error_for(str(status) if has_code else "", "<html>", status=status)

    assert type(error) is kind
    assert str(status) in str(error)


def test_every_row_of_the_table_is_among_the_expected() -> None:
    assert set(BY_CODE) - {"42883"} <= {code for _, code in CODES}
    assert {code[:2] for _, code in CODES} >= set(BY_CLASS)
    assert set(BY_STATUS) <= {status for _, status in STATUSES}
    assert set(WORDS) == set(Consequence)


@pytest.mark.parametrize(
    ("code", "message", "found"),
    [
        ("42883", "function public.backfill_begin_run_v1(text) does not exist", Consequence.SCHEMA),
        ("42883", "function public.of_a_trigger() does not exist", Consequence.TURN),
        ("PGRST303", "JWT expired", Consequence.KEY),
        ("PGRST303", "JWT issued at future", Consequence.RETRY),
        ("XX000", "Tenant or user not found", Consequence.KEY),
        ("XX000", "cache lookup failed for relation 12", Consequence.FALTER),
        ("22023", 'role "service_role" does not exist', Consequence.SCHEMA),
        ("22023", "invalid parameter", Consequence.TURN),
    ],
)
def test_where_a_code_says_two_things_the_message_decides(
    code: str, message: str, found: Consequence
) -> None:
    assert consequence(code, None, message) is found


def test_only_what_no_other_repository_could_pass_ends_the_run() -> None:
    ending = {code for _, code in CODES if _ends(code)}

    assert {"25006", "53100", "57P03", "PGRST003", "08006"} <= ending
    assert not ending & {"57014", "42501", "42703", "XX000", "53200", "P0001"}


def _ends(code: str) -> bool:
    error = error_for(code, "said")
    return isinstance(error, StoreFault) and ends_run(error)


def test_what_took_too_long_or_too_much_may_pass_as_a_smaller_page() -> None:
    too_much = {code for _, code in CODES if _is_too_much(code)}

    assert too_much == {"57014", "25P04", "53200", "54000"}
    too_large = error_for("413", "too large", status=413)
    assert isinstance(too_large, StoreFault)
    assert is_too_much(too_large)


def _is_too_much(code: str) -> bool:
    error = error_for(code, "said")
    return isinstance(error, StoreFault) and is_too_much(error)
