"""Query texts, parsed and validated once each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)

from contributor_backfill.sandbox.graphql.graphql_errors import entry


class BadQuery(Exception):
    """A text that is no query GitHub would execute; `entries` say what is wrong with it."""

    def __init__(self, entries: list[dict[str, Any]]) -> None:
        super().__init__(entries)
        self.entries = entries


@dataclass(frozen=True, slots=True)
class Document:
    """A valid query text: its operations by name and its fragments by name."""

    tree: DocumentNode
    operations: Mapping[str, OperationDefinitionNode] = field(default_factory=dict)
    fragments: Mapping[str, FragmentDefinitionNode] = field(default_factory=dict)

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """Return the query to execute.

        Raises `BadQuery` when `name` does not settle it, or for a mutation.
        """
        only = next(iter(self.operations)) if len(self.operations) == 1 else ""
        found = self.operations.get(name or only)
        if found is None:
            raise BadQuery([{"message": f"No operation named {name!r} in this query."}])
        if found.operation is not OperationType.QUERY:
            raise BadQuery([{"message": "The sandbox executes queries alone."}])
        return found


@lru_cache(maxsize=128)
def document(schema: GraphQLSchema, text: str) -> Document:
    """Return the document of a query text. Raises `BadQuery` with GitHub's kind of errors."""
    try:
        tree = parse(text)
    except GraphQLError as error:
        raise BadQuery([entry(error)]) from error
    errors = validate(schema, tree)
    if errors:
        raise BadQuery([entry(error) for error in errors])
    return Document(tree, _operations(tree), _fragments(tree))


def _operations(tree: DocumentNode) -> dict[str, OperationDefinitionNode]:
    return {
        node.name.value if node.name else "": node
        for node in tree.definitions
        if isinstance(node, OperationDefinitionNode)
    }


def _fragments(tree: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {
        node.name.value: node
        for node in tree.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
