"""REST's paths to workflow runs and their jobs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from contributor_backfill.sandbox import responses
from contributor_backfill.sandbox.actions.documents import (
    job_document,
    run_document,
    workflow_document,
)
from contributor_backfill.sandbox.actions.workflow_runs import Attempt, Run
from contributor_backfill.sandbox.responses import Answer
from contributor_backfill.sandbox.rest import rest_responses
from contributor_backfill.sandbox.rest.lists import ListQuery
from contributor_backfill.sandbox.rest.visit import Refusal, Route, Visit

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


_RUN = r"/actions/runs/(\d{1,18})"
_ATTEMPT = rf"{_RUN}/attempts/(\d{{1,9}})"


def _runs(visit: Visit) -> Answer:
    return _listed_runs(visit, visit.repository.actions.newest_first())


def _runs_of_workflow(visit: Visit, file_or_id: str) -> Answer:
    actions = visit.repository.actions
    workflow = actions.workflow(file_or_id)
    if workflow is None:
        return rest_responses.not_found()
    wanted = workflow.workflow_id
    return _listed_runs(
        visit, [run for run in actions.newest_first() if run.workflow.workflow_id == wanted]
    )


def _workflows(visit: Visit) -> Answer:
    found = visit.repository.actions.workflows()
    query = ListQuery.of(visit.request.parameters)
    page = [workflow_document(visit.writer, each) for each in found[query.span]]
    return visit.listed({"total_count": len(found), "workflows": page}, query, len(found))


def _workflow(visit: Visit, file_or_id: str) -> Answer:
    workflow = visit.repository.actions.workflow(file_or_id)
    if workflow is None:
        return rest_responses.not_found()
    return responses.of_json(200, workflow_document(visit.writer, workflow))


def _run(visit: Visit, run_id: str) -> Answer:
    run = _found_run(visit, run_id)
    return responses.of_json(200, run_document(visit.writer, run, run.latest))


def _attempt(visit: Visit, run_id: str, number: str) -> Answer:
    run, attempt = _found_attempt(visit, run_id, number)
    return responses.of_json(200, run_document(visit.writer, run, attempt))


def _jobs(visit: Visit, run_id: str) -> Answer:
    run = _found_run(visit, run_id)
    is_all = visit.request.parameters.get("filter") == "all"
    return _listed_jobs(visit, run, run.attempts if is_all else [run.latest])


def _jobs_of_attempt(visit: Visit, run_id: str, number: str) -> Answer:
    run, attempt = _found_attempt(visit, run_id, number)
    return _listed_jobs(visit, run, [attempt])


def _listed_runs(visit: Visit, runs: Sequence[Run]) -> Answer:
    found = RunFilters.of(visit.request.parameters).select(runs)
    query = ListQuery.of(visit.request.parameters)
    page = [run_document(visit.writer, run, run.latest) for run in found[query.span]]
    return visit.listed({"total_count": len(found), "workflow_runs": page}, query, len(found))


def _listed_jobs(visit: Visit, run: Run, attempts: Iterable[Attempt]) -> Answer:
    found = [(attempt, job) for attempt in attempts for job in attempt.jobs]
    query = ListQuery.of(visit.request.parameters)
    page = [job_document(visit.writer, run, *each) for each in found[query.span]]
    return visit.listed({"total_count": len(found), "jobs": page}, query, len(found))


def _found_run(visit: Visit, run_id: str) -> Run:
    run = visit.repository.actions.run(int(run_id))
    if run is None:
        raise Refusal(rest_responses.not_found())
    return run


def _found_attempt(visit: Visit, run_id: str, number: str) -> tuple[Run, Attempt]:
    run = _found_run(visit, run_id)
    attempt = run.attempt(int(number))
    if attempt is None:
        raise Refusal(rest_responses.not_found())
    return run, attempt


ROUTES: Sequence[Route] = (
    Route("GET", "/actions/workflows", _workflows, "actions"),
    Route("GET", "/actions/workflows/([^/]+)", _workflow, "actions"),
    Route("GET", "/actions/runs", _runs, "actions"),
    Route("GET", "/actions/workflows/([^/]+)/runs", _runs_of_workflow, "actions"),
    Route("GET", _RUN, _run, "actions"),
    Route("GET", f"{_RUN}/jobs", _jobs, "actions"),
    Route("GET", _ATTEMPT, _attempt, "actions"),
    Route("GET", f"{_ATTEMPT}/jobs", _jobs_of_attempt, "actions"),
)
