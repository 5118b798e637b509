"""A query says the same by its plan as by graphql-core, which is slower and knows every rule."""

from typing import Any

import pytest

from contributor_backfill.github.documents import query_text
from contributor_backfill.sandbox import Limits, World
from contributor_backfill.sandbox.budget import Standing
from contributor_backfill.sandbox.graphql.context import Context, Effects
from contributor_backfill.sandbox.graphql.execution import (
    Outcome,
    execute,
    execute_by_the_rules,
    prepare,
)
from contributor_backfill.sandbox.messages import encode
from tests.sandbox.client import SWITCHES
from tests.sandbox.conftest import SMALL

WORLD = World.of([SMALL])
REPOSITORY = next(iter(WORLD.repositories.values()))
NODE_ID = REPOSITORY.facts.node_id
PULL_REQUESTS = [found.node_id for found in REPOSITORY.newest_first()]
MANY_WAYS = """
query Ways($node: ID!, $ids: [ID!]!, $no: Boolean = false, $first: Int = 2) {
  viewer { ...Somebody ... on Actor { url } small: avatarUrl(size: 40) avatarUrl }
  node(id: $node) {
    __typename
    id
    ... on PullRequest { number }
    ... on Repository {
      name
      pullRequests(first: $first) { edges { node { number } } }
      pullRequests(first: $first) { edges { node { number author { ...Somebody } } cursor } }
      licenseInfo { key }
      homepageUrl
      issueOrPullRequest(number: %(number)s) { __typename ... on PullRequest { title } }
    }
  }
  nodes(ids: $ids) {
    ... on PullRequest {
      mergedBy { login @skip(if: $no) __typename @include(if: $no) }
      mergeable
      reviews(last: 3) { totalCount nodes { state author { ...Somebody } commit { oid } } }
    }
  }
}
fragment Somebody on Actor { login __typename ... on User { databaseId name } ... on Bot { id } }
"""


def outcomes(text: str, variables: dict[str, Any]) -> tuple[Outcome, Outcome]:
    """Return what a query comes to by its plan and by graphql-core."""
    query = prepare(text, variables, None, Limits())
    standing = Standing(limit=1_000, used=1, reset_at=1_769_846_400)
    context = Context(WORLD, Limits(), Effects.of(()), query.shape, standing)
    return execute(query, context), execute_by_the_rules(query, context.afresh())


def assert_equal(text: str, variables: dict[str, Any], *, errors: int = 0) -> None:
    planned, ruled = outcomes(text, variables)

    assert encode(planned.body) == encode(ruled.body)
    assert planned.work == ruled.work
    assert len(ruled.body.get("errors", ())) == errors


@pytest.mark.parametrize("without", [None, *SWITCHES])
def test_a_page_is_the_same_byte_by_byte(without: str | None) -> None:
    switches = {name: name != without for name in SWITCHES}
    page = {"repository": NODE_ID, "first": 40, "orderBy": "UPDATED_AT"}

    assert_equal(query_text("pull_requests_page"), {**page, **switches})


@pytest.mark.parametrize("given", [{}, {"no": True}, {"first": 7}])
def test_fragments_aliases_directives_and_defaults_mean_the_same(given: dict[str, Any]) -> None:
    text = MANY_WAYS % {"number": max(REPOSITORY.order("CREATED_AT", frozenset()).numbers)}

    assert_equal(text, {"node": NODE_ID, "ids": PULL_REQUESTS, **given})


def test_questions_about_the_schema_itself_are_answered() -> None:
    assert_equal('{ __schema { queryType { name } } __type(name: "Bot") { kind } }', {})


@pytest.mark.parametrize(
    ("variables", "errors"),
    [
        ({"node": NODE_ID, "ids": [PULL_REQUESTS[0], "nonsense", PULL_REQUESTS[1]]}, 1),
        ({"node": "nonsense", "ids": ["nonsense", *PULL_REQUESTS]}, 2),
        ({"node": NODE_ID, "ids": [], "first": 101}, 1),
        ({"node": NODE_ID, "ids": None}, 1),
    ],
)
def test_what_goes_wrong_is_told_in_the_same_words(variables: dict[str, Any], errors: int) -> None:
    assert_equal(MANY_WAYS % {"number": 1}, variables, errors=errors)
