"""The schema of the sandbox says nothing that GitHub's does not say."""

from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    parse,
    validate,
)

from contributor_backfill.github.documents import query_text
from contributor_backfill.sandbox.graphql.execution import executable_schema

FULL = Path(__file__).parents[3] / "shared" / "github-schema.graphql"
OURS = executable_schema()
OUR_TYPES = sorted(name for name in OURS.type_map if not name.startswith("__"))


@pytest.fixture(scope="module")
def full() -> GraphQLSchema:
    if not FULL.exists():
        pytest.skip(f"GitHub's full schema is not at {FULL}")
    return build_schema(FULL.read_text(), assume_valid=True)


@pytest.mark.parametrize("name", OUR_TYPES)
def test_every_type_of_the_sandbox_is_part_of_githubs(name: str, full: GraphQLSchema) -> None:
    ours, theirs = OURS.type_map[name], full.type_map[name]

    assert type(ours) is type(theirs)
    assert _says_more(ours, theirs) == []


def test_the_comparison_sees_a_type_that_is_not_githubs() -> None:
    theirs = build_schema("type Query { a(b: Int): String! }").type_map["Query"]
    ours = build_schema("type Query { a(b: Int!): String, c: Int }").type_map["Query"]

    assert _says_more(ours, theirs) == ["a: String", "a(b: Int!)", "c"]


@pytest.mark.parametrize("name", ["pull_requests_page", "repository", "viewer"])
def test_the_queries_of_the_product_are_valid(name: str) -> None:
    assert validate(OURS, parse(query_text(name))) == []


def _says_more(ours: GraphQLNamedType, theirs: GraphQLNamedType) -> list[str]:
    """Return what a type says that its model does not."""
    if isinstance(ours, GraphQLEnumType) and isinstance(theirs, GraphQLEnumType):
        return sorted(ours.values.keys() ^ theirs.values.keys())
    if isinstance(ours, GraphQLInputObjectType) and isinstance(theirs, GraphQLInputObjectType):
        return [
            name for name, field in ours.fields.items() if str(field.type) != _input(theirs, name)
        ]
    if isinstance(ours, GraphQLObjectType | GraphQLInterfaceType):
        assert isinstance(theirs, GraphQLObjectType | GraphQLInterfaceType)
        known = {interface.name for interface in theirs.interfaces}
        interfaces = [
            interface.name for interface in ours.interfaces if interface.name not in known
        ]
        return interfaces + _fields_that_say_more(ours, theirs)
    return []


def _input(theirs: GraphQLInputObjectType, name: str) -> str:
    return str(theirs.fields[name].type) if name in theirs.fields else ""


def _fields_that_say_more(
    ours: GraphQLObjectType | GraphQLInterfaceType,
    theirs: GraphQLObjectType | GraphQLInterfaceType,
) -> list[str]:
    found = []
    for name, field in ours.fields.items():
        model = theirs.fields.get(name)
        if model is None:
            found.append(name)
            continue
        if str(field.type) != str(model.type):
            found.append(f"{name}: {field.type}")
        for key, argument in field.args.items():
            if key not in model.args or str(argument.type) != str(model.args[key].type):
                found.append(f"{name}({key}: {argument.type})")
    return found
