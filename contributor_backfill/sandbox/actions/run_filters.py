"""Which workflow runs a query string asks for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from contributor_backfill.sandbox.actions.workflow_runs import Run
from contributor_backfill.sandbox.rest import rest_responses
from contributor_backfill.sandbox.rest.visit import Refusal

MOST_FOUND = 1_000
"""How many runs GitHub lists at most once anything is filtered."""

_DAY = 86_399  # from the first second of a day to its last
_FAR = float("inf")
_FILTERS = ("status", "created", "event", "branch")


@dataclass(frozen=True, slots=True)
class RunFilters:
    """The filters of a query string. `created` are seconds since the UTC epoch, both included."""

    status: str
    event: str
    branch: str
    created: tuple[float, float]
    are_given: bool

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> "RunFilters":
        """Return what the parameters ask for. Raises `Refusal` for dates that are none.

        GitHub's own answer to such dates is not published.
        """
        created = parameters.get("created", "")
        try:
            span = _span(created) if created else (-_FAR, _FAR)
        except ValueError as error:
            message = f"{created} is no range of dates"
            raise Refusal(
                rest_responses.validation_failed("WorkflowRun", "created", "invalid", message)
            ) from error
        return cls(
            status=parameters.get("status", ""),
            event=parameters.get("event", ""),
            branch=parameters.get("branch", ""),
            created=span,
            are_given=any(name in parameters for name in _FILTERS),
        )

    def select(self, runs: Iterable[Run]) -> list[Run]:
        """Return the runs that are asked for, as many as GitHub would list."""
        found = [run for run in runs if self._meets(run)]
        return found[:MOST_FOUND] if self.are_given else found

    def _meets(self, run: Run) -> bool:
        low, high = self.created
        return (
            self.status in ("", run.latest.status, run.latest.conclusion)
            and self.event in ("", run.event)
            and self.branch in ("", run.head_branch)
            and low <= datetime.fromisoformat(run.created_at).timestamp() <= high
        )


def _span(text: str) -> tuple[float, float]:
    """Return the moments of `2026-01-31`, `>=…`, `<…` or `…..…`, where `*` is open."""
    first, dots, last = text.partition("..")
    if dots:
        return (
            -_FAR if first == "*" else _bounds(first)[0],
            _FAR if last == "*" else _bounds(last)[1],
        )
    low, high = _bounds(text.lstrip("<>="))
    match text[: len(text) - len(text.lstrip("<>="))]:
        case ">=":
            return low, _FAR
        case ">":
            return high + 1, _FAR
        case "<=":
            return -_FAR, high
        case "<":
            return -_FAR, low - 1
        case "":
            return low, high
        case sign:
            raise ValueError(f"{sign} compares nothing")


def _bounds(text: str) -> tuple[float, float]:
    """Return the first and the last second of a moment, which may be a whole day."""
    moment = datetime.fromisoformat(text)
    begin = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return begin, begin + (_DAY if len(text) == len("2026-01-31") else 0)
