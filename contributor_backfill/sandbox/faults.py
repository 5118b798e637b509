"""Scripted faults: rules that say which requests go wrong, and how."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from contributor_backfill.domain.errors import InvalidInput


class FaultKind(StrEnum):
    """Every way in which the sandbox can fail, by the name a rule uses."""

    BAD_GATEWAY_JSON = "bad_gateway_json"
    BAD_GATEWAY_HTML = "bad_gateway_html"
    UNICORN_HTML = "unicorn_html"
    SERVICE_UNAVAILABLE = "service_unavailable"
    GATEWAY_TIMEOUT = "gateway_timeout"
    POISON = "poison"
    RATE_LIMITED_200 = "rate_limited_200"
    RATE_LIMIT_200_NEW_TYPE = "rate_limit_200_new_type"
    SECONDARY_403_RETRY_AFTER = "secondary_403_retry_after"
    SECONDARY_403 = "secondary_403"
    SECONDARY_200 = "secondary_200"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN_INTEGRATION = "forbidden_integration"
    CONNECTION_RESET = "connection_reset"
    TRUNCATED_JSON = "truncated_json"
    CUT_CONNECTION = "cut_connection"
    SAML = "saml"
    NOT_FOUND = "not_found"
    RESOURCE_LIMITS_EXCEEDED = "resource_limits_exceeded"
    NULL_NODES = "null_nodes"
    HALF_PAGE = "half_page"
    STUCK_CURSOR = "stuck_cursor"
    OMIT_NESTED = "omit_nested"
    FIELD_ERROR = "field_error"
    REST_RATE_LIMITED = "rest_rate_limited"
    EMPTY = "empty"
    DATA_NULL = "data_null"
    NODE_NULL = "node_null"
    ERROR_WITHOUT_TYPE = "error_without_type"
    NOT_IN_TIME = "not_in_time"


MARRED_BODIES = frozenset({FaultKind.TRUNCATED_JSON, FaultKind.CUT_CONNECTION})
"""The faults that need the true response, to damage it."""

EFFECTS = frozenset(
    {
        FaultKind.SAML,
        FaultKind.NOT_FOUND,
        FaultKind.RESOURCE_LIMITS_EXCEEDED,
        FaultKind.NULL_NODES,
        FaultKind.HALF_PAGE,
        FaultKind.STUCK_CURSOR,
        FaultKind.OMIT_NESTED,
        FaultKind.FIELD_ERROR,
    }
)
"""The faults that happen inside the execution of a query."""

REPLACING = frozenset(FaultKind) - EFFECTS - MARRED_BODIES
"""The faults that replace the whole response."""


@dataclass(frozen=True, slots=True)
class When:
    """Which requests a rule is about; a condition left None is met by every one.

    A rule with `rest_path`, a part of the path, with `rest_method` or with `per_page_at_least` is
    about REST alone and every other rule about GraphQL alone.

    `first_at_least` and `first_at_most` are the size of the page of pull requests, `ids_at_least`
    how many things are asked for by node id, and repositories by name; `number` is a
    pull request that must be in the response with any of its fields, or in the path of a REST
    request; `operation` is the name of the query. The three switches say whether the query asks for
    title and body, diff statistics, or nested lists.
    """

    first_at_least: int | None = None
    first_at_most: int | None = None
    ids_at_least: int | None = None
    number: int | None = None
    operation: str | None = None
    with_details: bool | None = None
    with_diff_statistics: bool | None = None
    with_lists: bool | None = None
    rest_path: str | None = None
    per_page_at_least: int | None = None
    rest_method: str | None = None

    @property
    def is_rest(self) -> bool:
        """Return whether the rule is about REST."""
        given = (self.rest_path, self.rest_method, self.per_page_at_least)
        return any(condition is not None for condition in given)


@dataclass(frozen=True, slots=True)
class Rule:
    """One scripted fault.

    It strikes at most `times` (None: for ever), every `every`-th request that meets `when`, after
    the first `after_requests` of those. `percent` leaves so many of these to strike at random, the
    same ones in every sandbox. `retry_after` is in seconds, `status` overrides the HTTP
    status, `nodes` is how many items are left null or out.
    """

    kind: FaultKind
    when: When = When()
    times: int | None = None
    every: int | None = None
    percent: int | None = None
    after_requests: int = 0
    status: int | None = None
    retry_after: int | None = None
    nodes: int | None = None


def rule_of(document: object) -> Rule:
    """Return the rule of a JSON object. Raises `InvalidInput` for a word it does not know."""
    if not isinstance(document, Mapping):
        raise InvalidInput("A fault is a JSON object with a kind.")
    given = dict(document)
    when = given.pop("when", None) or {}
    if not isinstance(when, Mapping):
        raise InvalidInput('"when" of a fault is a JSON object.')
    try:
        kind = FaultKind(given.pop("kind", ""))
    except ValueError as error:
        raise InvalidInput(f"{error}. Known kinds: {', '.join(FaultKind)}.") from error
    _check_names(Rule, given)
    _check_names(When, when)
    return Rule(kind=kind, when=When(**when), **given)


# Rules are written by hand, for a demo or over HTTP: a word that is spelt wrongly must not make a
# rule that strikes everything.
def _check_names(kind: type[Rule | When], given: Mapping[str, Any]) -> None:
    known = {field.name: field.type for field in fields(kind)}
    for name, value in given.items():
        if name not in known:
            raise InvalidInput(f"A fault has no {name!r}. It has: {', '.join(known)}.")
        if value is not None and not isinstance(value, int | str):
            raise InvalidInput(f"{name!r} of a fault cannot be {value!r}.")
