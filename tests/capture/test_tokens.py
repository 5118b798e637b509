"""Each repository is served with a token that may read it and has quota left."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.bounds import Stop
from contributor_backfill.github.client import GitHubClient, graphql_quota, new_session
from contributor_backfill.sandbox import Limits, ListSizes, RepositoryOptions, Sandbox, World
from tests.support.captures import Rig, SharedClock
from tests.support.databases import Database
from tests.support.fleet import probe

PRIVATE = "acme/hidden"
PUBLIC = "octo-sandbox/shown"
GENERAL, OF_ACME = "general", "of-acme"


def two_owners(pull_requests: int = 120) -> World:
    """Return a world of both."""
    few = ListSizes.exactly(1)
    return World.of(
        [
            RepositoryOptions(
                name_with_owner=name,
                pull_requests=pull_requests,
                seed=seed,
                reviews=few,
                comments=few,
                review_comments=few,
                oddity_every=0,
            )
            for seed, name in enumerate((PRIVATE, PUBLIC), 1)
        ]
    )


class Hiding(HTTPAdapter):
    """Hide one repository from some tokens, as GitHub does: it says that it is not there."""

    def __init__(self, node_id: str, full_name: str, blind: frozenset[str]) -> None:
        super().__init__()
        self._node_id = node_id
        self._full_name = full_name
        self._blind = blind

    def send(self, request: requests.PreparedRequest, *rest: Any, **more: Any) -> requests.Response:
        response = super().send(request, *rest, **more)
        token = str(request.headers["Authorization"]).removeprefix("Bearer ")
        if token in self._blind and response.status_code == 200 and self._is_about(request):
            given = response.json()
            if "nodes" in (given.get("data") or {}):
                document: Any = self._without_one(request, given)
            elif f"/repos/{self._full_name}" in str(request.url):
                response.status_code = 404
                document = {"message": "Not Found"}
            else:
                data = dict.fromkeys(response.json()["data"])
                error = {"type": "NOT_FOUND", "path": ["node"], "message": "Could not resolve"}
                document = {"data": data, "errors": [error]}
            response._content = json.dumps(document).encode()  # noqa: SLF001  # no other way in
            response.raw = None
        return response

    def _without_one(self, request: requests.PreparedRequest, given: Any) -> Any:
        """Return a response about many repositories, without this one."""
        variables = json.loads(request.body or b"")["variables"]
        owner, name = self._full_name.split("/")
        data = given["data"]
        hidden: list[list[str | int]] = []
        for place, node_id in enumerate(variables["ids"]):
            if node_id == self._node_id:
                data["nodes"][place] = None
                hidden.append(["nodes", place])
        for key, value in variables.items():
            place = key.removeprefix("name")
            if value == name and variables.get(f"owner{place}") == owner:
                data[f"r{place}"] = None
                hidden.append([f"r{place}"])
        errors = [
            {"type": "NOT_FOUND", "path": path, "message": "Could not resolve"} for path in hidden
        ]
        return {"data": data, "errors": [*given.get("errors", ()), *errors]}

    def _is_about(self, request: requests.PreparedRequest) -> bool:
        owner, name = self._full_name.split("/")
        text = (request.body or b"").decode() if isinstance(request.body, bytes) else ""
        return (
            self._node_id in text
            or (f'": "{owner}"' in text and f'": "{name}"' in text)
            or f"/repos/{self._full_name}" in str(request.url)
        )


@dataclass(frozen=True)
class OwnersRig(Rig):
    """A rig whose private repository some tokens do not see."""

    tokens_of_owners: Mapping[str, str] = field(default_factory=lambda: {"acme": OF_ACME})
    blind: frozenset[str] = frozenset({GENERAL})

    def client(self) -> GitHubClient:
        repository = self.sandbox.world.find(PRIVATE)
        assert repository is not None
        session = new_session()
        session.mount("http://", Hiding(repository.facts.node_id, PRIVATE, self.blind))
        return GitHubClient(
            lambda: session,
            self.clock,
            token=GENERAL,
            graphql_url=self.sandbox.graphql_url,
            api_url=self.sandbox.url,
            tokens_of_owners=self.tokens_of_owners,
        )


STORED = "select count(*) from pull_requests where repository_full_name = %s"
AN_HOUR_PASSES = (
    "update progressive_backfill_state set next_attempt_at = next_attempt_at - interval '1 hour'"
)
USABLE = 12
"""Points above the reserve of 50."""


@pytest.fixture
def owners(gateway: Gateway) -> Callable[..., Any]:
    @contextmanager
    def make(
        pull_requests: int = 120,
        *,
        hourly: int = 1_000,
        bad: frozenset[str] = frozenset(),
        **values: Any,
    ) -> Iterator[OwnersRig]:
        limits = Limits(hourly_points=hourly)
        with Sandbox(two_owners(pull_requests), limits=limits, bad_tokens=bad) as sandbox:
            yield OwnersRig(sandbox, gateway, SharedClock(sandbox.clock), **values)

    return make


def test_a_private_repository_is_captured_with_its_owners_token(
    owners: Callable[..., Any], database: Database
) -> None:
    with owners() as work:
        for name in (PRIVATE, PUBLIC):
            work.track(name)

        run, feeds = work.run(), work.serve()

    assert not run.failed
    assert not feeds.failed
    assert [database.value(STORED, name) for name in (PRIVATE, PUBLIC)] == [120, 120]
    assert database.value(
        "select count(*) from comments where comment_type = 'review_comment'"
    ) == (2 * 120)


def test_a_token_that_has_too_little_left_stops_its_repositories_alone(
    owners: Callable[..., Any], database: Database
) -> None:
    with owners(600, hourly=50 + USABLE) as work:
        for name in (PRIVATE, PUBLIC):
            work.track(name)

        first = work.run(minutes=5)
        by_name = {turn.repository.full_name: turn for turn in first.turns}
        stored = {name: database.value(STORED, name) for name in (PRIVATE, PUBLIC)}

        assert set(by_name) == {PRIVATE, PUBLIC}
        assert not first.failed, "to wait is no failure, and nothing is gone"
        assert all(0 < count < 600 for count in stored.values())
        assert all(turn.points <= USABLE for turn in by_name.values())
        for _ in range(4):
            work.clock.sleep(3_600)
            database.rows(AN_HOUR_PASSES)
            work.run(minutes=5)

    assert [database.value(STORED, name) for name in (PRIVATE, PUBLIC)] == [600, 600]


def test_the_general_token_serves_what_the_owners_may_not_read(
    owners: Callable[..., Any], database: Database
) -> None:
    with owners(blind=frozenset({OF_ACME})) as work:
        work.track(PRIVATE)
        before = work.sandbox.counters()["executed"]

        report = work.run()
        asked = work.sandbox.counters()["executed"] - before

    assert not report.failed
    assert database.value(STORED, PRIVATE) == 120
    assert asked <= report.turns[0].commits + 1, "the owner's token is asked once"


def test_an_owners_token_that_is_refused_fails_its_repositories_alone(
    owners: Callable[..., Any], gateway: Gateway, database: Database
) -> None:
    with owners() as work:
        for name in (PRIVATE, PUBLIC):
            work.track(name)
    with owners(bad=frozenset({OF_ACME}), blind=frozenset({GENERAL})) as work:
        report = work.run()

    by_name = {turn.repository.full_name: turn for turn in report.turns}
    assert by_name[PUBLIC].stop is Stop.COMPLETED
    assert by_name[PRIVATE].stop is Stop.ERROR
    assert "does not accept the token of acme (401" in by_name[PRIVATE].reason
    assert OF_ACME not in by_name[PRIVATE].reason
    assert database.value(STORED, PUBLIC) == 120
    assert "failed" not in database.value(
        "select array_agg(status) from progressive_backfill_state"
    )
    assert gateway is work.gateway


def test_no_owners_token_serves_another_owner(
    owners: Callable[..., Any], database: Database
) -> None:
    with owners(blind=frozenset({GENERAL}), tokens_of_owners={"octo-sandbox": OF_ACME}) as work:
        work.track(PUBLIC)
        assert not work.run().failed

        client = work.client()
        names = [token.owner for token in client.tokens.candidates(PRIVATE)]

    assert names == [""]
    assert database.value(STORED, PUBLIC) == 120


def test_the_question_about_all_is_repeated_with_the_token_that_may_see_a_private_one(
    owners: Callable[..., Any],
) -> None:
    with owners() as work:
        for name in (PRIVATE, PUBLIC):
            work.track(name)
        work.run()

        report = probe(work)

    assert (report.current, report.refused, report.unclear) == (2, (), 0)


@pytest.mark.parametrize("why", ["refused", "spent"])
def test_nobody_is_called_gone_while_the_token_that_may_read_it_cannot_be_used(
    why: str, owners: Callable[..., Any], database: Database
) -> None:
    with owners() as work:
        for name in (PRIVATE, PUBLIC):
            work.track(name)
        work.run()
    bad = frozenset({OF_ACME}) if why == "refused" else frozenset()
    with owners(bad=bad) as work:
        if why == "spent":
            work.sandbox.service.budget(OF_ACME, "graphql").charge(1_000)

        report = probe(work)

    assert (report.current, report.refused, report.unclear) == (1, (), 1)
    assert database.value("select count(*) from backfill_repositories where access <> 'ok'") == 0


def test_a_plan_counts_the_quotas_of_all_tokens(owners: Callable[..., Any]) -> None:
    with owners(hourly=700) as work:
        quota = graphql_quota(work.client())
    with owners(hourly=700, bad=frozenset({OF_ACME})) as work:
        client = work.client()
        without = graphql_quota(client)

    assert quota is not None
    assert without is not None
    assert (quota.limit, without.limit) == (1_400, 700)
    assert client.refused_owners == {"acme"}
