"""The answers that scripted faults put in the place of the true one."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from contributor_backfill.sandbox import responses
from contributor_backfill.sandbox.budget import Standing
from contributor_backfill.sandbox.faults import FaultKind, Rule
from contributor_backfill.sandbox.responses import Answer, Delivery
from contributor_backfill.sandbox.rest import rest_responses

_Maker = Callable[[Rule, Standing], Answer]


def answer_of(rule: Rule, standing: Standing) -> Answer:
    """Return the answer of a fault that replaces the whole answer."""
    return _MAKERS[rule.kind](rule, standing)


def marred(rule: Rule, answer: Answer) -> Answer:
    """Return an answer whose body ends in the middle.

    A truncated body is sent with the length it has; a cut connection breaks the promised length.
    """
    if rule.kind is FaultKind.CUT_CONNECTION:
        return replace(answer, delivery=Delivery.CUT)
    return replace(answer, body=answer.body[: len(answer.body) // 2])


def _spent(rule: Rule, standing: Standing) -> Answer:
    new_type = rule.kind is FaultKind.RATE_LIMIT_200_NEW_TYPE
    return responses.rate_limited(_nothing_left(standing), new_type=new_type)


def _nothing_left(standing: Standing) -> Standing:
    return replace(standing, used=max(standing.used, standing.limit))


def _too_fast(status: int, retry_after: int | None) -> _Maker:
    def make(rule: Rule, standing: Standing) -> Answer:
        wait = retry_after if rule.retry_after is None else rule.retry_after
        return responses.secondary_limit(rule.status or status, wait, standing.headers())

    return make


def _timed_out(rule: Rule, standing: Standing) -> Answer:
    return responses.something_went_wrong(rule.status or 502, standing.headers())


def _gateway(status: int, reason: str) -> _Maker:
    return lambda rule, _: responses.gateway_page(rule.status or status, reason)


def _carrying(document: object) -> _Maker:
    """Return the maker of a success that carries no more than this."""
    return lambda _, standing: responses.of_json(200, document, standing.headers())


_MAKERS: Mapping[FaultKind, _Maker] = {
    FaultKind.BAD_GATEWAY_JSON: _timed_out,
    FaultKind.POISON: _timed_out,
    FaultKind.BAD_GATEWAY_HTML: _gateway(502, "Bad Gateway"),
    FaultKind.GATEWAY_TIMEOUT: _gateway(504, "Gateway Time-out"),
    FaultKind.SERVICE_UNAVAILABLE: _gateway(503, "Service Temporarily Unavailable"),
    FaultKind.UNICORN_HTML: lambda rule, _: responses.unicorn_page(rule.status or 502),
    FaultKind.RATE_LIMITED_200: _spent,
    FaultKind.RATE_LIMIT_200_NEW_TYPE: _spent,
    FaultKind.SECONDARY_403_RETRY_AFTER: _too_fast(403, 60),
    FaultKind.SECONDARY_403: _too_fast(403, None),
    FaultKind.SECONDARY_200: _too_fast(200, None),
    FaultKind.UNAUTHORIZED: lambda *_: responses.bad_credentials(),
    FaultKind.FORBIDDEN_INTEGRATION: lambda _, standing: responses.resource_not_accessible(
        standing.headers()
    ),
    FaultKind.REST_RATE_LIMITED: lambda _, standing: rest_responses.rate_limited(
        _nothing_left(standing)
    ),
    FaultKind.EMPTY: _carrying({}),
    FaultKind.DATA_NULL: _carrying({"data": None}),
    FaultKind.NODE_NULL: _carrying({"data": {"node": None}}),
    FaultKind.ERROR_WITHOUT_TYPE: _carrying({"data": None, "errors": [{"message": "No idea."}]}),
    FaultKind.NOT_IN_TIME: _carrying(
        {"message": "We couldn't respond to your request in time. Sorry about that."}
    ),
    FaultKind.CONNECTION_RESET: lambda *_: Answer(502, delivery=Delivery.RESET),
}
