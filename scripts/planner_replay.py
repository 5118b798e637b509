"""Replay a backfill over a real list without HTTP: page by page, by the sandbox's own work model.

What a page costs and whether GitHub cuts it off is computed from what its pull requests hold.
Retries, halving and the ladder of lighter queries are those of `capture/fetcher.py`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from contributor_backfill.domain.page_planner import PagePlanner, chunk_size, page_points
from contributor_backfill.github.pull_requests import connections
from contributor_backfill.sandbox import DatasetOptions, Limits, WorkModel, World
from contributor_backfill.sandbox.graphql.execution import Burden, milliseconds
from contributor_backfill.sandbox.pull_requests.records import PullRequest

CONNECTIONS = connections(with_labels=False)
LISTED = 100
LIMITS = Limits()


@dataclass(frozen=True)
class Load:
    """What pull requests hold: what GitHub has to work for."""

    pull_requests: int
    nodes: int = 0
    kilobytes: float = 0.0
    changed_files: int = 0


@dataclass(frozen=True)
class Figures:
    """What a backfill took. `timeouts` were cut off, `pages` came."""

    timeouts: int
    points: int
    pages: int


class Planner(Protocol):
    """A way to choose sizes."""

    def begin(self, total: int) -> PagePlanner:
        """Plan the first page of a repository."""

    def came(self, plan: PagePlanner, items: int, milliseconds: int) -> PagePlanner:
        """Plan the page after one that came."""

    def cut_off(self, plan: PagePlanner) -> PagePlanner:
        """Plan the next try after one that was cut off."""

    def passed(self, before: PagePlanner) -> PagePlanner:
        """Plan the page after a pull request that came by a lighter query only."""


class FixedTable(Planner):
    """The original plan's: the table's size for every page; what fails is halved until it comes."""

    def begin(self, total: int) -> PagePlanner:
        """Take the table's size."""
        return PagePlanner(chunk_size(total), fixed=True)

    def came(self, plan: PagePlanner, items: int, milliseconds: int) -> PagePlanner:  # noqa: ARG002  # the protocol's
        """Stay."""
        return plan

    def cut_off(self, plan: PagePlanner) -> PagePlanner:
        """Halve it, for this page."""
        return plan.cut_off()

    def passed(self, before: PagePlanner) -> PagePlanner:
        """Stay."""
        return before


class HalvingAlone(FixedTable):
    """Half after a page that was cut off, growth after clean pages, whatever time they take."""

    def begin(self, total: int) -> PagePlanner:
        """Begin with the table's size."""
        return PagePlanner(chunk_size(total))

    def came(self, plan: PagePlanner, items: int, milliseconds: int) -> PagePlanner:  # noqa: ARG002  # the protocol's
        """Grow slowly."""
        return plan.came(0, CONNECTIONS)

    def passed(self, before: PagePlanner) -> PagePlanner:
        """Go on with half, or with what is predicted."""
        return before.passed(CONNECTIONS)


class RuleOfThumb(HalvingAlone):
    """The planner before this one: halving, and smaller after a slow page."""

    def came(self, plan: PagePlanner, items: int, milliseconds: int) -> PagePlanner:  # noqa: ARG002  # the protocol's
        """Grow slowly, shrink when slow."""
        return plan.came(milliseconds, CONNECTIONS)


class Learning(HalvingAlone):
    """The planner that predicts."""

    def came(self, plan: PagePlanner, items: int, milliseconds: int) -> PagePlanner:
        """Predict."""
        return plan.came(milliseconds, CONNECTIONS, items)


def loads(path: Path) -> list[Load]:
    """Return what each pull request of a real list holds, the newest first."""
    world = World.of(datasets=[path], dataset_options=DatasetOptions())
    (repository,) = world.repositories.values()
    return [_load(pull_request) for pull_request in repository.newest_first()]


def replay(held: list[Load], model: WorkModel, planner: Planner) -> Figures:
    """Go through a list, and return what it took."""
    plan = planner.begin(len(held))
    position = query = timeouts = points = pages = 0
    while position < len(held):
        attempt, lighter, is_first = plan, 0, True
        while True:
            query += 1
            load = _sum(held[position : position + attempt.size])
            points += page_points(attempt.size, CONNECTIONS - (lighter > 0))
            took = milliseconds(model, _burden(load, lighter), query)
            if took <= LIMITS.timeout_milliseconds:
                break
            timeouts += 1
            points += LIMITS.timeout_extra_points
            if attempt.size > 1:
                attempt = planner.cut_off(attempt)
            elif not is_first:
                lighter += 1
            is_first = False
        pages += 1
        position += attempt.size
        if lighter:
            plan = planner.passed(plan)
        elif not plan.fixed:
            plan = planner.came(attempt, load.pull_requests, int(took))
    return Figures(timeouts, points, pages)


def _load(pull_request: PullRequest) -> Load:
    items = (*pull_request.reviews[:LISTED], *pull_request.comments[:LISTED])
    characters = len(pull_request.body) + sum(len(each.body) for each in items)
    nodes = 1 + len(items) + len(pull_request.assignee_ids[:1])
    return Load(1, nodes, characters / 1024, pull_request.changed_files)


def _sum(held: list[Load]) -> Load:
    return Load(
        len(held),
        sum(each.nodes for each in held),
        sum(each.kilobytes for each in held),
        sum(each.changed_files for each in held),
    )


def _burden(load: Load, lighter: int) -> Burden:
    """Return the work of a page on a step of the ladder: without diff statistics, without lists."""
    has_statistics = lighter == 0
    return Burden(
        load.pull_requests,
        1 + (load.nodes if lighter < 2 else load.pull_requests),
        load.kilobytes if lighter < 3 else 0.0,
        load.pull_requests if has_statistics else 0,
        load.changed_files if has_statistics else 0,
    )
