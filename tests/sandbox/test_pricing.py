"""GitHub's formula for points, and its limit on nodes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.github.documents import query_text
from contributor_backfill.sandbox.graphql.errors import GitHubError
from contributor_backfill.sandbox.graphql.execution import executable_schema
from contributor_backfill.sandbox.graphql.pricing import Shape, document, points_of, shape_of

SIZES = st.integers(1, 100)
PAGE = query_text("pull_requests_page")


def shape(text: str, node_limit: int = 500_000, **variables: Any) -> Shape:
    parsed = document(executable_schema(), text)
    return shape_of(executable_schema(), parsed, parsed.operation(None), variables, node_limit)


def repository(selection: str) -> str:
    return f'{{ repository(owner: "o", name: "n") {{ {selection} }} }}'


def page_shape(first: int, *, switches: bool) -> Shape:
    names = ("withDetails", "withDiffStatistics", "withLists", "withLabels")
    return shape(PAGE, repository="R", first=first, **dict.fromkeys(names, switches))


@pytest.mark.parametrize(
    ("requests", "points"), [(0, 1), (1, 1), (149, 1), (150, 2), (249, 2), (250, 3), (5_101, 51)]
)
def test_points_are_a_hundredth_of_the_requests_rounded_to_the_nearest(
    requests: int, points: int
) -> None:
    assert points_of(requests) == points


@given(SIZES, SIZES, SIZES)
def test_every_connection_is_charged_once_for_each_of_its_parents(a: int, b: int, c: int) -> None:
    found = shape(
        repository(
            f"pullRequests(first: {a}) {{ nodes {{ reviewThreads(last: {b}) {{ nodes {{"
            f" comments(first: {c}) {{ nodes {{ id }} }} }} }} }} }}"
        ),
        node_limit=2_000_000,
    )

    assert found.requests == 1 + a + a * b
    assert found.nodes == a + a * b + a * b * c


def test_a_connection_that_is_only_counted_is_charged_and_returns_no_nodes() -> None:
    found = shape(repository("pullRequests(first: 30) { nodes { commits { totalCount } } }"))

    assert (found.requests, found.nodes) == (31, 30)


def test_the_same_connection_in_two_fragments_is_charged_once() -> None:
    twice = """
      query($r: ID!) { node(id: $r) { ...A ...B } }
      fragment A on Repository { pullRequests(first: 9) { totalCount } }
      fragment B on Repository {
        pullRequests(first: 9) { nodes { labels(first: 2) { totalCount } } } }
    """

    assert shape(twice, r="R").requests == 1 + 9


def test_two_aliases_are_two_connections() -> None:
    found = shape(
        repository("a: pullRequests { totalCount } b: pullRequests(first: 5) { totalCount }")
    )

    assert found.requests == 2


def test_node_ids_multiply_what_is_asked_of_each() -> None:
    text = """
      query($ids: [ID!]!) {
        nodes(ids: $ids) { ... on PullRequest { reviews(first: 50) { totalCount } } } }
    """

    assert shape(text, ids=["a", "b", "c"]).requests == 3


def test_the_size_of_a_page_may_be_the_default_of_a_variable() -> None:
    text = (
        'query($n: Int = 7) { repository(owner: "o", name: "n") {'
        " pullRequests(first: $n) { nodes { commits { totalCount } } } } }"
    )

    assert shape(text).requests == 1 + 7
    assert shape(text, n=3).requests == 1 + 3


@pytest.mark.parametrize("first", [1, 25, 37, 100])
def test_a_full_page_of_the_product_has_five_connections_in_every_pull_request(first: int) -> None:
    found = page_shape(first, switches=True)

    assert found.requests == 1 + 5 * first
    assert found.nodes == first * (1 + 1 + 100 + 100 + 100)
    assert found.first == first


def test_what_include_leaves_out_is_free() -> None:
    found = page_shape(100, switches=False)

    assert (found.requests, found.nodes) == (1, 100)
    assert "PullRequest.additions" not in found.fields


def test_a_dry_run_is_recognised() -> None:
    assert shape("{ rateLimit(dryRun: true) { cost } }").dry_run
    assert not shape("{ rateLimit { cost } }").dry_run


def test_above_the_node_limit_the_error_names_the_connection_and_the_number() -> None:
    text = repository(
        "pullRequests(first: 100) { nodes { reviews(first: 100) { nodes {"
        " comments(first: 100) { nodes { id } } } } } }"
    )

    with pytest.raises(GitHubError) as caught:
        shape(text)

    assert caught.value.kind == "MAX_NODE_LIMIT_EXCEEDED"
    assert "comments connection" in caught.value.message
    assert "1,010,100" in caught.value.message
