"""GitHub is asked for the newest change of repositories: a hundred at once, each for itself."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from contributor_backfill.domain.control import Access, KnownRepository, Refused
from contributor_backfill.domain.freshness import Finding, Newest
from contributor_backfill.domain.types import RepositoryId
from contributor_backfill.github.faults import TooHeavy, Unusable
from contributor_backfill.github.http import GraphQLError, Response
from contributor_backfill.github.repositories import (
    NewestChangesRequest,
    read_newest_changes,
)
from contributor_backfill.sandbox import RepositoryOptions, Sandbox, World
from tests.github.test_access import _client as client_of
from tests.github.test_access import _suspect as suspect_of

KNOWN = KnownRepository(RepositoryId("1"), 7, "R_7", "octo/known")
NAMED = KnownRepository(RepositoryId("2"), 8, None, "octo/named")
MOMENT = "2026-01-02T03:04:05Z"
NODE: dict[str, Any] = {
    "id": "R_new",
    "databaseId": 7,
    "nameWithOwner": "octo/known",
    "isPrivate": True,
    "pullRequests": {"nodes": [{"updatedAt": MOMENT}]},
}
SHOWN = Newest(7, "R_new", "octo/known", True, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
BROKEN = "Something went wrong while executing your query."


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    options = [
        RepositoryOptions(f"octo/{name}", pull_requests=place, seed=place)
        for place, name in enumerate(("none", "one", "two", "three"))
    ]
    with Sandbox(World.of(options)) as sandbox:
        yield sandbox


def read(node: object, named: object = None, *errors: GraphQLError) -> dict[str, Finding | None]:
    response = Response({"nodes": [node], "r0": named}, errors, None, 1, None)
    found = read_newest_changes(response, NewestChangesRequest((NAMED, KNOWN)))
    return {suspect.full_name: said for suspect, said in found}


def test_what_is_shown_by_node_id_and_by_name_stands_each_in_its_place() -> None:
    other = {**NODE, "databaseId": 9, "isPrivate": False}

    assert read(NODE, other) == {
        "octo/known": SHOWN,
        "octo/named": Newest(9, "R_new", "octo/known", False, SHOWN.newest_change),
    }


@pytest.mark.parametrize("connection", [None, {"nodes": []}])
def test_a_repository_without_pull_requests_has_no_newest_change(connection: object) -> None:
    said = read({**NODE, "pullRequests": connection})["octo/known"]

    assert isinstance(said, Newest)
    assert said.newest_change is None


@pytest.mark.parametrize(
    ("node", "error"),
    [
        (None, GraphQLError(BROKEN, "", ("nodes", 0))),
        (None, GraphQLError(BROKEN, "", ("nodes", 0, "pullRequests"))),
        (None, GraphQLError("No.", "INTERNAL", ("nodes", 0))),
        ({**NODE, "pullRequests": None}, GraphQLError(BROKEN, "", ("nodes", 0, "pullRequests"))),
        (
            {**NODE, "pullRequests": {"nodes": [None]}},
            GraphQLError(BROKEN, "", ("nodes", 0, "pullRequests", "nodes", 0)),
        ),
        ({**NODE, "pullRequests": {"nodes": [None]}}, GraphQLError(BROKEN, "", ())),
        ({**NODE, "pullRequests": {"nodes": None}}, GraphQLError(BROKEN, "", ())),
        (None, GraphQLError(BROKEN, "", ())),
        ({}, GraphQLError(BROKEN, "", ())),
    ],
)
def test_what_came_damaged_says_nothing_and_nothing_of_the_others(
    node: object, error: GraphQLError
) -> None:
    said = read(node, {**NODE, "databaseId": 8}, error)

    assert said["octo/known"] is None
    assert isinstance(said["octo/named"], Newest)


@pytest.mark.parametrize(
    ("kind", "access"),
    [
        ("NOT_FOUND", Access.GONE),
        ("FORBIDDEN", Access.FORBIDDEN),
        ("INSUFFICIENT_SCOPES", Access.FORBIDDEN),
    ],
)
def test_what_is_refused_is_told_apart(kind: str, access: Access) -> None:
    said = read(None, NODE, GraphQLError("No.", kind, ("nodes", 0)))

    assert said["octo/known"] == Refused(access, "No.")


def test_a_response_without_what_was_asked_for_is_no_response() -> None:
    with pytest.raises(Unusable):
        read_newest_changes(
            Response({"nodes": []}, (), None, 1, None), NewestChangesRequest((KNOWN,))
        )


@pytest.mark.parametrize("by_name", [False, True])
def test_a_hundred_cost_one_point(sandbox: Sandbox, *, by_name: bool) -> None:
    everyone = list(sandbox.world.repositories.values())
    suspects = tuple(suspect_of(each, by_name=by_name) for each in everyone) * 25
    request = NewestChangesRequest(suspects)
    client = client_of(sandbox)

    response = client.execute(request.query, request.variables)
    found = dict(read_newest_changes(response, request))

    assert (client.points_spent, client.requests_sent) == (1, 1)
    for repository in everyone:
        said = found[suspect_of(repository, by_name=by_name)]
        changes = [pull.updated_at for pull in repository.newest_first()]
        assert isinstance(said, Newest)
        assert said.github_id == repository.facts.database_id
        assert said.node_id == repository.facts.node_id
        expected = max(map(datetime.fromisoformat, changes), default=None)
        assert said.newest_change == expected


def test_what_the_sandbox_does_not_response_leaves_the_others(sandbox: Sandbox) -> None:
    sandbox.change("set_access", repository="octo/two", access="gone")
    three = sandbox.world.find("octo/three")
    assert three is not None
    changed_last = max(three.newest_first(), key=lambda pull: pull.updated_at)
    sandbox.add_fault({"kind": "null_nodes", "when": {"number": changed_last.number}})
    suspects = tuple(
        suspect_of(each, by_name=False) for each in sandbox.world.repositories.values()
    )
    request = NewestChangesRequest(suspects)

    response = client_of(sandbox).execute(request.query, request.variables)

    said = [said for _, said in read_newest_changes(response, request)]
    assert [type(each) for each in said][2:] == [Refused, type(None)]
    assert Newest in {type(each) for each in said}


def test_the_sandbox_can_cut_off_what_asks_for_many(sandbox: Sandbox) -> None:
    sandbox.add_fault({"kind": "gateway_timeout", "when": {"ids_at_least": 4}})
    few = tuple(suspect_of(each, by_name=False) for each in sandbox.world.repositories.values())
    client = client_of(sandbox)

    less, all_of_them = NewestChangesRequest(few[:3]), NewestChangesRequest(few)

    assert client.execute(less.query, less.variables).points == 1
    with pytest.raises(TooHeavy):
        client.execute(all_of_them.query, all_of_them.variables)
