"""The sandbox as a function from a request to a response."""

import json
import threading
from collections import Counter
from dataclasses import dataclass, field, fields, replace
from email.utils import format_datetime
from typing import Any

from contributor_backfill.sandbox.budget import Budget, Standing
from contributor_backfill.sandbox.clock import SandboxClock
from contributor_backfill.sandbox.faults import EFFECTS, MARRED_BODIES, REPLACING
from contributor_backfill.sandbox.graphql.context import Context, Effects
from contributor_backfill.sandbox.graphql.errors import GitHubError
from contributor_backfill.sandbox.graphql.execution import (
    Outcome,
    Query,
    burden,
    execute,
    milliseconds,
    prepare,
)
from contributor_backfill.sandbox.graphql.pricing import BadQuery, Shape
from contributor_backfill.sandbox.messages import (
    SINGLE_SIGN_ON,
    Request,
    Response,
    bad_credentials,
    of_json,
)
from contributor_backfill.sandbox.options import Limits, Spending, WorkModel
from contributor_backfill.sandbox.rule_book import ActiveRule, RuleBook
from contributor_backfill.sandbox.server import fault_responses
from contributor_backfill.sandbox.server.sinks import InngestSink, WebhookSink
from contributor_backfill.sandbox.world import World


@dataclass(slots=True)
class Counters:
    """Counts since the start.

    `pages_by_first` counts executed pages of pull requests by size, `rest_pages_by_size` those of
    a repository's comments on the diff. `rest_requests` are those that were charged, `not_modified`
    those that were not, because the client had the response already.
    """

    requests: int = 0
    graphql_requests: int = 0
    executed: int = 0
    points: int = 0
    refused: int = 0
    timeouts: int = 0
    pages_by_first: Counter[int] = field(default_factory=Counter)
    rest_requests: int = 0
    not_modified: int = 0
    rest_pages_by_size: Counter[int] = field(default_factory=Counter)

    def charge(self, shape: Shape, points: int) -> None:
        """Count a query that is executed."""
        self.executed += 1
        self.points += points
        if shape.first:
            self.pages_by_first[shape.first] += 1

    def snapshot(self, faults: dict[str, int]) -> dict[str, Any]:
        """Return the counts as JSON; `faults` are the hits by kind."""
        return {
            **{field.name: getattr(self, field.name) for field in fields(self)},
            "pages_by_first": _by_size(self.pages_by_first),
            "rest_pages_by_size": _by_size(self.rest_pages_by_size),
            "faults": faults,
        }


def _by_size(counts: Counter[int]) -> dict[str, int]:
    return {str(size): count for size, count in sorted(counts.items())}


class Service:
    """A GitHub: a world, its limits and faults, and what every token has spent.

    One query is executed at a time, under `lock`.
    """

    def __init__(
        self,
        world: World,
        *,
        limits: Limits,
        work_model: WorkModel,
        clock: SandboxClock,
        bad_tokens: frozenset[str] = frozenset(),
    ) -> None:
        self.world = world
        self.limits = limits
        self.work_model = work_model
        self.clock = clock
        self.rules = RuleBook()
        self.counters = Counters()
        self.webhooks = WebhookSink()
        self.inngest = InngestSink()
        self.lock = threading.RLock()
        self.bad_tokens = bad_tokens
        self._budgets: dict[tuple[str, str], Budget] = {}

    def graphql(self, request: Request) -> Response:
        """Return the response to a GraphQL request."""
        with self.lock:
            self.counters.graphql_requests += 1
            if not self.admits(request.token):
                return bad_credentials()
            return self._authorized(self.budget(request.token, "graphql"), request.body)

    def admits(self, token: str) -> bool:
        """Return whether a token is good for anything; one that is not counts as refused."""
        is_good = bool(token) and token not in self.bad_tokens
        self.counters.refused += not is_good
        return is_good

    def budget(self, token: str, resource: str) -> Budget:
        """Return what a token may spend on `graphql` or on `core`, which is REST."""
        key = (token, resource)
        if key not in self._budgets:
            limits = self.limits
            hourly = limits.hourly_requests if resource == "core" else limits.hourly_points
            self._budgets[key] = Budget(hourly, limits.points_a_minute, self.clock, resource)
        return self._budgets[key]

    def headers(self) -> dict[str, str]:
        """Return the headers that every response has."""
        return {"date": format_datetime(self.clock.now(), usegmt=True)}

    def _authorized(self, budget: Budget, body: bytes) -> Response:
        try:
            text, variables, name = _parameters(body)
            query = prepare(text, variables, name, self.limits)
        except ValueError:
            return of_json(400, {"message": "Problems parsing JSON"})
        # GitHub does not say what a query costs that it refuses; a point is the least of any.
        except BadQuery as error:
            return of_json(200, {"errors": error.entries}, budget.charge(1).headers())
        except GitHubError as error:
            return of_json(200, {"errors": [error.entry()]}, budget.charge(1).headers())
        return self._allowed(budget, query)

    def _allowed(self, budget: Budget, query: Query) -> Response:
        """Respond to a query that could be executed, if limits and faults let it."""
        due = self.rules.due(query.name, query.shape)
        # A rule about one pull request has to wait: only the response tells whether it is in it.
        for active in due:
            if active.rule.kind in REPLACING and active.rule.when.number is None:
                return self.struck(active, budget.standing())
        refusal = self._refusal(budget)
        if refusal is not None:
            self.counters.refused += 1
            return refusal
        # `rateLimit(dryRun: true)` asks for the price, and costs nothing.
        points = 0 if query.shape.dry_run else query.shape.points
        self.counters.charge(query.shape, points)
        return self._executed(budget, query, due, budget.charge(points))

    def _refusal(self, budget: Budget) -> Response | None:
        standing = budget.standing()
        if not standing.remaining:
            return fault_responses.rate_limited(standing)
        if budget.is_too_fast():
            limits = self.limits
            return fault_responses.secondary_limit(
                limits.secondary_status, limits.secondary_retry_after, standing.headers()
            )
        return None

    def _executed(
        self, budget: Budget, query: Query, due: list[ActiveRule], standing: Standing
    ) -> Response:
        effects = Effects.of(active for active in due if active.rule.kind in EFFECTS)
        context = Context(self.world, self.limits, effects, query.shape, standing)
        outcome = execute(query, context)
        for active in effects.struck:
            self.rules.hit(active)
        for active in due:
            if active.rule.kind in REPLACING and _meets(active, query, outcome):
                return self.struck(active, standing)
        work = burden(query.shape, outcome.work)
        spent = milliseconds(self.work_model, work, self.counters.executed)
        # The work is known only once it is done; a client cannot tell, it is given no data.
        if spent > self.limits.timeout_milliseconds:
            return self._spend(spent, self._timed_out(budget, spent))
        return self._spend(
            spent,
            self.marred(
                _response(outcome, standing, spent),
                [a for a in due if a.rule.kind in MARRED_BODIES and _is_in(a, outcome)],
            ),
        )

    def _spend(self, milliseconds: float, response: Response) -> Response:
        """Let the time of a query pass as the work model says, up to GitHub's timeout."""
        seconds = min(milliseconds, self.limits.timeout_milliseconds) / 1000
        if self.work_model.spending is Spending.CLOCK:
            self.clock.advance(seconds)
        held = seconds if self.work_model.spending is Spending.SLEEP else 0.0
        return replace(response, held_seconds=held)

    def _timed_out(self, budget: Budget, spent: float) -> Response:
        extra = self.limits.timeout_extra_points
        self.counters.timeouts += 1
        self.counters.points += extra
        headers = {**budget.charge(extra).headers(), **_spent_header(spent)}
        return fault_responses.something_went_wrong(502, headers)

    def marred(self, response: Response, due: list[ActiveRule]) -> Response:
        """Return a response as the first of the faults leaves it, and count that one."""
        for active in due[:1]:
            self.rules.hit(active)
            return fault_responses.marred(active.rule, response)
        return response

    def struck(self, active: ActiveRule, standing: Standing) -> Response:
        """Return the response of a fault that replaces the true one, and count it."""
        self.rules.hit(active)
        return fault_responses.response_of(active.rule, standing)


def _response(outcome: Outcome, standing: Standing, spent: float) -> Response:
    extra = SINGLE_SIGN_ON if outcome.has_saml else {}
    return of_json(200, outcome.body, {**standing.headers(), **extra, **_spent_header(spent)})


def _spent_header(spent: float) -> dict[str, str]:
    return {"x-sandbox-milliseconds": f"{spent:.0f}"} if spent else {}


def _meets(active: ActiveRule, query: Query, outcome: Outcome) -> bool:
    """Return whether the response says more of a rule's pull request than that it is in a list."""
    is_shown = any(field.startswith("PullRequest.") for field in query.shape.fields)
    return is_shown and active.rule.when.number in outcome.work.numbers


def _is_in(active: ActiveRule, outcome: Outcome) -> bool:
    number = active.rule.when.number
    return number is None or number in outcome.work.numbers


def _parameters(body: bytes) -> tuple[str, dict[str, Any], str | None]:
    """Return text, variables and operation name of a request. Raises `ValueError`."""
    document = json.loads(body)
    if not _is_request(document):
        # One error for every bad body, as with text that is no JSON at all.
        raise ValueError("the body is no GraphQL request")
    if not isinstance(document.get("query"), str):
        raise BadQuery([{"message": "A query attribute must be specified and must be a string."}])
    return document["query"], document.get("variables") or {}, document.get("operationName")


def _is_request(document: object) -> bool:
    return (
        isinstance(document, dict)
        and isinstance(document.get("variables") or {}, dict)
        and isinstance(document.get("operationName"), str | None)
    )
