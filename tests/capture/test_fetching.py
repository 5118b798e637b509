"""One page is fetched whatever GitHub responds. GitHub is a script; all else is real."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from contributor_backfill.capture.fetcher import Deferred, Failed, Fetched, Fetcher
from contributor_backfill.capture.report import Silence
from contributor_backfill.capture.sources.pages import asking_for_page
from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.domain.policy import PATIENCE
from contributor_backfill.domain.records import Page
from contributor_backfill.domain.storage import Storage
from contributor_backfill.domain.types import Priority, Repository, RepositoryId
from contributor_backfill.github.client import GitHubClient, new_session
from contributor_backfill.github.documents import Detail
from contributor_backfill.github.faults import Gone, TooHeavy, Unavailable, Unusable
from contributor_backfill.github.pull_requests import CREATED_AT
from tests.github.test_parsing import node
from tests.support.clocks import ManualClock

Variables = dict[str, Any]
Scripted = tuple[int, dict[str, str], bytes]
Script = Callable[[Variables], Scripted]
Found = Fetched[Page]

BAD_GATEWAY: Scripted = (502, {}, b"<html>502 Bad Gateway</html>")
DOWN: Scripted = (503, {}, b"")
TOO_FAST: Scripted = (429, {}, b"{}")
NOT_FOUND: Scripted = (
    200,
    {},
    b'{"data": {"node": null}, "errors": [{"type": "NOT_FOUND", "message": "No such node"}]}',
)
LONG = timedelta(minutes=30)
URL = "https://github.invalid"


class ScriptedGitHub(BaseAdapter):
    """Answers of a script, one after another, the last for ever; `asked` keeps every question."""

    def __init__(self, clock: ManualClock, script: list[Scripted | Script], seconds: float) -> None:
        super().__init__()
        self.asked: list[Variables] = []
        self._clock = clock
        self._script = script
        self._seconds = seconds

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        variables = json.loads(request.body or b"")["variables"]
        self.asked.append(variables)
        self._clock.advance(self._seconds)
        step = self._script[min(len(self.asked), len(self._script)) - 1]
        response = requests.Response()
        status, headers, body = step(variables) if callable(step) else step
        response.status_code, response._content = status, body  # noqa: SLF001  # no other way in
        response.headers.update(headers)
        return response

    def close(self) -> None:
        """Nothing is open."""

    @property
    def sizes(self) -> list[int]:
        return [variables["first"] for variables in self.asked]


def page(
    variables: Variables, damaged: int | None = None, *, without_nodes: bool = False
) -> Scripted:
    """A page of as many pull requests as asked for; the one at `damaged` is null."""
    numbers = range(variables["first"])
    connection = {
        "totalCount": 500,
        "pageInfo": {"hasNextPage": True, "endCursor": f"c{variables['first'] - 1}"},
        "edges": [
            {"cursor": f"c{n}"}
            if without_nodes
            else {"cursor": f"c{n}", "node": None if n == damaged else node(number=n + 1)}
            for n in numbers
        ],
    }
    repository = {
        "__typename": "Repository",
        "id": "R_1",
        "databaseId": 1,
        "nameWithOwner": "octo/one",
        "isPrivate": False,
        "pullRequests": connection,
    }
    body = {"data": {"rateLimit": {"cost": 2}, "node": repository}}
    return 200, {}, json.dumps(body).encode()


def damaged_at(place: int) -> Script:
    return lambda variables: page(variables, damaged=place)


def detailed(variables: Variables) -> int:
    """Count the ladder's switches that a question has on; with labels there are four."""
    return sum(value is True for value in variables.values())


REPOSITORY = Repository(
    repository_id=RepositoryId("00000000-0000-0000-0000-000000000000"),
    github_id=1,
    node_id="R_1",
    full_name="octo/one",
    priority=Priority.MEDIUM,
    total=100,
    stored=0,
    backfill=None,
    with_labels=False,
    storage=Storage(),
)


EMPTY = [
    b"{}",
    b'{"data": null}',
    b'{"data": {"node": null}}',
    b'{"data": {"rateLimit": {"cost": 1}}}',
    b'{"data": null, "errors": [{"message": "No idea."}]}',
    b'{"data": null, "errors": [{"type": "NEW_WORD", "message": "No idea."}]}',
    b'{"data": {"node": null}, "errors": [{"message": "No idea.", "path": ["node"]}]}',
    b'{"message": "We couldn\'t respond to your request in time."}',
]
"""Successes that carry nothing, for no known reason."""


def of_chance(*places: int) -> Script:
    """Fail at once at these requests, counted from 1, and serve all others."""
    count = 0

    def answer(variables: Variables) -> Scripted:
        nonlocal count
        count += 1
        return BAD_GATEWAY if count in places else page(variables)

    return answer


def heavier_than(limit: int) -> Script:
    return lambda variables: page(variables) if variables["first"] <= limit else BAD_GATEWAY


def fetching(
    *script: Scripted | Script,
    size: PagePlanner | None = None,
    patience: timedelta = LONG,
    seconds: float = 0,
    last_step: Detail = Detail.IDENTITY,
) -> tuple[Found | Deferred | Failed, ScriptedGitHub, ManualClock]:
    clock = ManualClock()
    github = ScriptedGitHub(clock, list(script), seconds)
    session = new_session()
    session.mount("https://", github)
    client = GitHubClient(lambda: session, clock, token="any", graphql_url=URL, api_url=URL)
    fetcher = Fetcher(client, clock, Silence())
    ask = asking_for_page(client, REPOSITORY, "before", CREATED_AT)
    deadline = clock.now() + patience
    outcome = fetcher.fetch(ask, size or PagePlanner(20), deadline, last_step=last_step)
    return outcome, github, clock


def fetched(*script: Scripted | Script, **how: Any) -> tuple[Found, ScriptedGitHub, ManualClock]:
    outcome, github, clock = fetching(*script, **how)
    assert isinstance(outcome, Fetched), outcome
    return outcome, github, clock


def test_a_clean_page_costs_one_request_and_may_let_the_plan_grow() -> None:
    first, github, _ = fetched(page, seconds=2)
    second, *_ = fetched(page, size=first.page_size)

    assert github.asked[0]["after"] == "before"
    assert (first.first, first.points, first.requests, first.milliseconds) == (20, 2, 1, 2_000)
    assert first.page_size == PagePlanner(20, clean_pages=1)
    assert second.page_size == PagePlanner(37, clean_pages=2)


def test_a_slow_page_is_kept_and_the_next_is_smaller() -> None:
    found, *_ = fetched(page, seconds=7)

    assert found.first == 20
    assert found.page_size == PagePlanner(15, failed_size=20)


def test_a_page_that_is_too_heavy_is_halved_until_it_comes() -> None:
    found, github, clock = fetched(heavier_than(5), seconds=10)

    assert github.sizes == [20, 10, 5]
    assert clock.slept == [1, 1]
    assert (found.first, found.requests) == (5, 3)
    assert found.page_size == PagePlanner(3, failed_size=5), "it came, but it was slow"


def test_what_fails_at_once_is_asked_for_again_at_the_same_size() -> None:
    found, github, clock = fetched(of_chance(1))

    assert github.sizes == [20, 20]
    assert clock.slept == [1]
    assert found.page_size == PagePlanner(20, clean_pages=1)


def test_a_size_that_failed_at_once_is_tried_once_more_before_it_is_blamed() -> None:
    smaller, github, _ = fetched(heavier_than(5))
    blamed, again, _ = fetched(heavier_than(5), size=smaller.page_size)

    assert github.sizes == [20, 20, 10, 5]
    assert smaller.page_size == PagePlanner(20, failed_size=10)
    assert again.sizes == [20, 5], "at what came before, without a second try"
    assert (blamed.page_size.size, blamed.page_size.failed_size) == (7, 10)


def test_an_outage_leaves_no_smaller_pages() -> None:
    smaller, *_ = fetched(of_chance(1, 2, 3), page)
    whole, github, _ = fetched(page, size=smaller.page_size)

    assert github.sizes == [20]
    assert (whole.page_size.size, whole.page_size.failed_size) == (37, None)


def test_a_size_that_never_came_is_blamed_for_what_fails_at_once() -> None:
    plan = PagePlanner(5, clean_pages=1)
    while plan.size < 8:
        found, *_ = fetched(page, size=plan)
        plan = found.page_size
    grown = replace(plan, size=14)
    assert grown.known.predicts

    found, github, _ = fetched(heavier_than(7), size=grown)

    assert github.sizes == [14, 7]
    assert found.page_size.failed_size == 14


@pytest.mark.parametrize("body", EMPTY)
def test_a_success_that_carries_nothing_is_asked_for_in_smaller_pages(body: bytes) -> None:
    def up_to_five(variables: Variables) -> Scripted:
        return page(variables) if variables["first"] <= 5 else (200, {}, body)

    at_once, github, _ = fetched(up_to_five)
    late, slow, _ = fetched(up_to_five, seconds=10)

    assert github.sizes == [20, 20, 10, 5]
    assert slow.sizes == [20, 10, 5]
    assert at_once.content.items[0].pull_request is not None
    assert late.page_size.size < 5


@pytest.mark.parametrize("body", EMPTY)
def test_when_a_page_of_one_carries_nothing_github_is_unavailable(body: bytes) -> None:
    outcome, github, _ = fetching((200, {}, body))

    assert isinstance(outcome, Failed)
    assert type(outcome.fault) is Unavailable
    assert github.sizes[-1] == 1
    assert outcome.page_size == PagePlanner(20), "not even one came: the size is not at fault"


def test_a_pull_request_that_empties_every_response_is_passed_by_its_cursor() -> None:
    def cursors_only(variables: Variables) -> Scripted:
        if "cursorsOnly" not in variables:
            return 200, {}, b'{"data": null}'
        return page(variables, without_nodes=True)

    outcome, github, _ = fetching(cursors_only, last_step=Detail.CURSORS)

    assert isinstance(outcome, Fetched)
    assert github.sizes[-1] == 1
    (passed,) = outcome.content.items
    assert (passed.pull_request, passed.cursor) == (None, "c0")
    assert passed.skipped is not None
    assert outcome.content.end_cursor == "c0"


def test_a_fixed_size_gives_way_for_one_page_only() -> None:
    fixed = PagePlanner(20, fixed=True)

    found, github, _ = fetched(heavier_than(10), size=fixed)

    assert github.sizes == [20, 20, 10]
    assert found.page_size == fixed


def test_alone_and_still_too_heavy_a_pull_request_is_asked_for_with_ever_less() -> None:
    def only_its_identity(variables: Variables) -> Scripted:
        return page(variables) if detailed(variables) == 0 else BAD_GATEWAY

    found, github, _ = fetched(only_its_identity, size=PagePlanner(4))

    assert github.sizes == [4, 4, 2, 1, 1, 1, 1, 1, 1, 1]
    assert [detailed(v) for v in github.asked] == [3, 3, 3, 3, 3, 2, 2, 1, 1, 0]
    assert found.content.items[0].skipped is not None
    assert found.page_size == PagePlanner(2)


def test_at_one_a_fault_of_the_first_try_costs_no_field_before_it_came_twice() -> None:
    passing, github, _ = fetched(BAD_GATEWAY, page, size=PagePlanner(1))
    lasting, again, _ = fetched(BAD_GATEWAY, BAD_GATEWAY, page, size=PagePlanner(1))

    assert [detailed(v) for v in github.asked] == [3, 3]
    assert [detailed(v) for v in again.asked] == [3, 3, 2]
    (whole,), (lighter,) = passing.content.items, lasting.content.items
    assert whole.pull_request is not None
    assert lighter.pull_request is not None
    assert whole.pull_request.missing_fields == ()
    assert lighter.pull_request.missing_fields == ("diff_statistics",)


def test_poison_first_is_taken_alone_by_a_lighter_query_and_the_size_is_not_blamed() -> None:
    def poisoned(variables: Variables) -> Scripted:
        return page(variables, damaged=0 if detailed(variables) > 2 else None)

    found, github, clock = fetched(poisoned)

    assert github.sizes == [20, 1, 1]
    assert clock.slept == []
    captured = found.content.items[0].pull_request
    assert captured is not None
    assert captured.missing_fields == ("diff_statistics",)
    assert (found.first, found.page_size) == (1, PagePlanner(10))


def test_damage_that_is_gone_when_asked_alone_changes_no_plan() -> None:
    plan = PagePlanner(20, clean_pages=1, failed_size=40)

    found, github, _ = fetched(damaged_at(0), page, size=plan)

    assert github.sizes == [20, 1]
    assert found.page_size == plan


def test_poison_in_the_middle_ends_the_page_before_it() -> None:
    found, github, _ = fetched(damaged_at(7))

    assert github.sizes == [20]
    assert (len(found.content.items), found.content.end_cursor) == (7, "c6")
    assert found.content.has_next_page


def test_an_outage_is_waited_out_four_times_before_less_is_asked_for() -> None:
    found, github, clock = fetched(DOWN, DOWN, DOWN, DOWN, page)

    assert clock.slept == [1, 2, 4, 1]
    assert github.sizes == [20, 20, 20, 20, 10]
    assert found.requests == 5


def test_a_limit_is_waited_for_within_the_deadline() -> None:
    _, github, clock = fetched((429, {"retry-after": "17"}, b"{}"), page)

    assert clock.slept == [17]
    assert github.sizes == [20, 20]


def test_a_limit_beyond_the_deadline_is_deferred_and_not_slept() -> None:
    outcome, github, clock = fetching((429, {"retry-after": "600"}, b"{}"), patience=LONG / 10)

    assert outcome == Deferred(
        clock.now() + timedelta(seconds=600), "GitHub asks to wait: 429 ", requests=1
    )
    assert clock.slept == []
    assert len(github.asked) == 1


def test_whoever_is_limited_again_and_again_leaves_github_alone_for_a_while() -> None:
    outcome, github, clock = fetching(TOO_FAST)

    assert clock.slept == [60, 120, 240]
    assert len(github.asked) == 4
    assert isinstance(outcome, Deferred)
    assert outcome.until == clock.now() + PATIENCE


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (BAD_GATEWAY, TooHeavy),
        (DOWN, Unavailable),
        (NOT_FOUND, Gone),
        ((200, {}, b'{"data": {"node": {"__typename": "Repository"}}}'), Unusable),
    ],
)
def test_what_never_comes_fails_with_the_last_reason(
    reply: Scripted, fault: type[Exception]
) -> None:
    outcome, *_ = fetching(reply)

    assert isinstance(outcome, Failed)
    assert type(outcome.fault) is fault


def test_only_what_github_worked_on_for_long_halves_the_next_page() -> None:
    heavy, *_ = fetching(BAD_GATEWAY, seconds=10)
    outage, *_ = fetching(BAD_GATEWAY)
    lost, *_ = fetching(NOT_FOUND)

    assert isinstance(heavy, Failed)
    assert isinstance(outage, Failed)
    assert isinstance(lost, Failed)
    assert heavy.page_size == PagePlanner(10, failed_size=20)
    assert outage.page_size == PagePlanner(20)
    assert lost.page_size == PagePlanner(20)
