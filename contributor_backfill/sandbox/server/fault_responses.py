"""The responses that limits and scripted faults put in the place of the true one."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from contributor_backfill.sandbox.budget import Standing
from contributor_backfill.sandbox.faults import FaultKind, Rule
from contributor_backfill.sandbox.messages import Delivery, Response, bad_credentials, of_json
from contributor_backfill.sandbox.rest.call import rate_limited as rest_rate_limited

_HTML = "text/html; charset=utf-8"
_DOCUMENTATION = "https://docs.github.com/graphql"
_SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
    "If you reach out to GitHub Support for help, please include the request ID SANDBOX."
)
_SOMETHING_WENT_WRONG = (
    "Something went wrong while executing your query. This may be the result of a timeout, or it "
    "could be a GitHub bug. Please include `SANDBOX` when reporting this issue."
)

_Maker = Callable[[Rule, Standing], Response]


def rate_limited(standing: Standing, *, new_type: bool = False) -> Response:
    """Return 200 for a spent hour, in either of the two shapes GitHub uses."""
    error: dict[str, Any] = {
        "type": "RATE_LIMITED",
        "message": "API rate limit exceeded for user ID 1.",
    }
    if new_type:
        error = {
            "type": "RATE_LIMIT",
            "code": "graphql_rate_limit",
            "message": "API rate limit already exceeded for user ID 1.",
        }
    return of_json(200, {"errors": [error]}, standing.headers())


def secondary_limit(status: int, retry_after: int | None, headers: Mapping[str, str]) -> Response:
    """Return the response to requests that come too fast; `retry_after` is in seconds."""
    document = {"documentation_url": _DOCUMENTATION, "message": _SECONDARY}
    wait = {} if retry_after is None else {"retry-after": str(retry_after)}
    return of_json(status, document, {**headers, **wait})


def something_went_wrong(status: int, headers: Mapping[str, str]) -> Response:
    """Return the JSON of a query that took too long."""
    document = {"data": None, "errors": [{"message": _SOMETHING_WENT_WRONG}]}
    return of_json(status, document, headers)


def response_of(rule: Rule, standing: Standing) -> Response:
    """Return the response of a fault that replaces the whole response."""
    return _MAKERS[rule.kind](rule, standing)


def marred(rule: Rule, response: Response) -> Response:
    """Return a response whose body ends in the middle.

    A truncated body is sent with the length it has; a cut connection breaks the promised length.
    """
    if rule.kind is FaultKind.CUT_CONNECTION:
        return replace(response, delivery=Delivery.CUT)
    return replace(response, body=response.body[: len(response.body) // 2])


def _spent(rule: Rule, standing: Standing) -> Response:
    new_type = rule.kind is FaultKind.RATE_LIMIT_200_NEW_TYPE
    return rate_limited(_nothing_left(standing), new_type=new_type)


def _nothing_left(standing: Standing) -> Standing:
    return replace(standing, used=max(standing.used, standing.limit))


def _too_fast(status: int, retry_after: int | None) -> _Maker:
    def make(rule: Rule, standing: Standing) -> Response:
        wait = retry_after if rule.retry_after is None else rule.retry_after
        return secondary_limit(rule.status or status, wait, standing.headers())

    return make


def _timed_out(rule: Rule, standing: Standing) -> Response:
    return something_went_wrong(rule.status or 502, standing.headers())


def _gateway(usual_status: int, reason: str) -> _Maker:
    """Return the maker of the HTML of the proxy in front of GitHub."""

    def make(rule: Rule, _: Standing) -> Response:
        status = rule.status or usual_status
        title = f"{status} {reason}"
        page = (
            f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1>"
            "</center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
        )
        return Response(status, page.encode(), _HTML)

    return make


def _unicorn(rule: Rule, _: Standing) -> Response:
    """Return the HTML of GitHub's page with the unicorn."""
    page = (
        "<!DOCTYPE html>\n<html>\n<head><title>Unicorn! &middot; GitHub</title></head>\n<body>\n"
        "<p><strong>We had issues producing the response to your request.</strong></p>\n"
        "</body>\n</html>\n"
    )
    return Response(rule.status or 502, page.encode(), _HTML)


def _not_accessible(_: Rule, standing: Standing) -> Response:
    """Return 403 for a token without the permission to read pull requests."""
    message = "Resource not accessible by integration"
    document = {"message": message, "documentation_url": _DOCUMENTATION}
    return of_json(403, document, standing.headers())


def _carrying(document: object) -> _Maker:
    """Return the maker of a success that carries no more than this."""
    return lambda _, standing: of_json(200, document, standing.headers())


_MAKERS: Mapping[FaultKind, _Maker] = {
    FaultKind.BAD_GATEWAY_JSON: _timed_out,
    FaultKind.POISON: _timed_out,
    FaultKind.BAD_GATEWAY_HTML: _gateway(502, "Bad Gateway"),
    FaultKind.GATEWAY_TIMEOUT: _gateway(504, "Gateway Time-out"),
    FaultKind.SERVICE_UNAVAILABLE: _gateway(503, "Service Temporarily Unavailable"),
    FaultKind.UNICORN_HTML: _unicorn,
    FaultKind.RATE_LIMITED_200: _spent,
    FaultKind.RATE_LIMIT_200_NEW_TYPE: _spent,
    FaultKind.SECONDARY_403_RETRY_AFTER: _too_fast(403, 60),
    FaultKind.SECONDARY_403: _too_fast(403, None),
    FaultKind.SECONDARY_200: _too_fast(200, None),
    FaultKind.UNAUTHORIZED: lambda *_: bad_credentials(),
    FaultKind.FORBIDDEN_INTEGRATION: _not_accessible,
    FaultKind.REST_RATE_LIMITED: lambda _, standing: rest_rate_limited(_nothing_left(standing)),
    FaultKind.EMPTY: _carrying({}),
    FaultKind.DATA_NULL: _carrying({"data": None}),
    FaultKind.NODE_NULL: _carrying({"data": {"node": None}}),
    FaultKind.ERROR_WITHOUT_TYPE: _carrying({"data": None, "errors": [{"message": "No idea."}]}),
    FaultKind.NOT_IN_TIME: _carrying(
        {"message": "We couldn't respond to your request in time. Sorry about that."}
    ),
    FaultKind.CONNECTION_RESET: lambda *_: Response(502, delivery=Delivery.RESET),
}
