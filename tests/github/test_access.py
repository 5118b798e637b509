"""GitHub is asked whether it shows repositories: all at once, by node id and by name."""

from collections.abc import Iterator

import pytest

from contributor_backfill.domain.control import Access, KnownRepository, Refused, Shown
from contributor_backfill.domain.types import RepositoryId
from contributor_backfill.github.client import GitHubClient, new_session
from contributor_backfill.github.faults import Unusable
from contributor_backfill.github.http import GraphQLError, Response
from contributor_backfill.github.repositories import AccessRequest, read_access
from contributor_backfill.operations.recovery import ask_about
from contributor_backfill.sandbox import RepositoryOptions, Sandbox, World
from contributor_backfill.sandbox.repositories import Repository
from tests.support.captures import SharedClock

KNOWN = KnownRepository(RepositoryId("1"), 7, "R_7", "octo/known")
NAMED = KnownRepository(RepositoryId("2"), 8, None, "octo/named")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    names = ("one", "two", "three", "four")
    options = [
        RepositoryOptions(f"octo/{name}", pull_requests=1, seed=seed)
        for seed, name in enumerate(names)
    ]
    with Sandbox(World.of(options)) as sandbox:
        yield sandbox


def read(data: dict[str, object], *errors: GraphQLError) -> dict[str, Shown | Refused]:
    response = Response(data, errors, None, 1, None)
    found = read_access(response, AccessRequest((NAMED, KNOWN)))
    return {suspect.full_name: said for suspect, said in found}


def test_what_is_shown_and_what_is_refused_are_told_apart_each_in_its_place() -> None:
    said = read(
        {"nodes": [None], "r0": {"databaseId": 9, "nameWithOwner": "octo/new"}},
        GraphQLError("no such node", "NOT_FOUND", ("nodes", 0)),
    )

    assert said == {
        "octo/known": Refused(Access.GONE, "no such node"),
        "octo/named": Shown(9, "octo/new"),
    }


def test_an_error_that_says_nothing_clear_leaves_a_repository_as_it_is() -> None:
    said = read(
        {"nodes": [None], "r0": None},
        GraphQLError("Something went wrong", "", ("nodes", 0)),
        GraphQLError("SAML", "FORBIDDEN", ("r0",)),
    )

    assert said == {"octo/named": Refused(Access.FORBIDDEN, "SAML")}


def test_a_response_without_what_was_asked_for_is_no_response() -> None:
    with pytest.raises(Unusable):
        read({"nodes": []})


@pytest.mark.parametrize("by_name", [False, True])
def test_a_hundred_cost_one_point_and_one_request_each_time_they_are_asked_for(
    sandbox: Sandbox, *, by_name: bool
) -> None:
    for name, access in (("two", "gone"), ("three", "saml")):
        sandbox.change("set_access", repository=f"octo/{name}", access=access)
    sandbox.change("rename_repository", repository="octo/four", new_name="octo/five")
    suspects = (
        tuple(_suspect(each, by_name=by_name) for each in sandbox.world.repositories.values()) * 25
    )

    client = _client(sandbox)
    verdicts = ask_about(client, SharedClock(sandbox.clock), suspects)

    # Those whose node ids lead nowhere are asked for once more, by name.
    times = 1 if by_name else 2
    assert (client.points_spent, client.requests_sent, len(suspects)) == (times, times, 100)
    assert isinstance(verdicts, tuple)
    found = {each.full_name: each.access for each in verdicts}
    assert found == {
        "octo/one": Access.OK,
        "octo/two": Access.GONE,
        "octo/three": Access.FORBIDDEN,
        "octo/five": Access.OK,
    }


def test_without_a_suspect_nothing_is_asked(sandbox: Sandbox) -> None:
    assert ask_about(_client(sandbox), SharedClock(sandbox.clock), ()) == ()
    assert sandbox.counters()["requests"] == 0


def _suspect(of: Repository, *, by_name: bool) -> KnownRepository:
    facts = of.facts
    node_id = None if by_name else facts.node_id
    return KnownRepository(
        RepositoryId(facts.name), facts.database_id, node_id, facts.name_with_owner
    )


def _client(sandbox: Sandbox) -> GitHubClient:
    return GitHubClient(
        new_session,
        SharedClock(sandbox.clock),
        token="any",
        graphql_url=sandbox.graphql_url,
        api_url=sandbox.url,
    )
