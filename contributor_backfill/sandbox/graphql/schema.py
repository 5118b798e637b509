"""The executable schema: the types of schema.graphql with a resolver on every field."""

import re
from functools import lru_cache
from importlib import resources
from operator import attrgetter

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
)

from contributor_backfill.sandbox.graphql.resolvers import AVATAR_URL, RESOLVERS, Resolver
from contributor_backfill.sandbox.people.accounts import Account
from contributor_backfill.sandbox.pull_requests.items import (
    IssueComment,
    Review,
    ReviewComment,
    ReviewThread,
)

_TYPE_NAMES = {
    Review: "PullRequestReview",
    ReviewComment: "PullRequestReviewComment",
    ReviewThread: "PullRequestReviewThread",
    IssueComment: "IssueComment",
}
_ARGUMENT_NAMES = {"id": "node_id", "followRenames": "follow_renames"}


@lru_cache(maxsize=1)
def executable_schema() -> GraphQLSchema:
    """Return the one schema of the process."""
    text = resources.files(__package__).joinpath("schema.graphql").read_text(encoding="utf-8")
    schema = build_schema(text)
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            kind.resolve_type = lambda thing, *_: type_name(thing)
        elif isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for name, field in kind.fields.items():
                _attach(kind.name, name, field)
    return schema


def type_name(thing: object) -> str:
    """Return the GraphQL type of a thing of the world."""
    if isinstance(thing, Account):
        return thing.kind
    return _TYPE_NAMES.get(type(thing), type(thing).__name__)


def _attach(kind: str, name: str, field: GraphQLField) -> None:
    for argument_name, argument in field.args.items():
        argument.out_name = _ARGUMENT_NAMES.get(argument_name, argument_name)
    special = RESOLVERS.get(kind, {}).get(name)
    if special is not None:
        field.resolve = special
    elif name == "avatarUrl":
        field.resolve = AVATAR_URL
    else:
        field.resolve = _attribute(name)


def _attribute(name: str) -> Resolver:
    """Return a resolver that reads the attribute of the same name, in Python's spelling."""
    if name == "fullDatabaseId":  # a `BigInt`, which GitHub sends as a string
        return lambda thing, _: str(thing.database_id)
    read = attrgetter("node_id" if name == "id" else snake_case(name))
    return lambda thing, _: read(thing)


def snake_case(name: str) -> str:
    """Return Python's spelling of a GraphQL name."""
    return re.sub(r"(?=[A-Z])", "_", name).lower()
