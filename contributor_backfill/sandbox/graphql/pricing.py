"""The cost of a query by GitHub's formula, from its declared shape alone.

Every connection costs one request for each of its parents, a parent's number being the product of
the `first` and `last` above it; the sum is divided by 100 and rounded to the nearest point, at
least one. What `@include` and `@skip` leave out is free. The rule is GitHub's:
https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#predicting-the-point-value-of-a-query
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    is_composite_type,
    parse,
    validate,
    value_from_ast_untyped,
)

from contributor_backfill.sandbox.graphql.errors import GitHubError, entry


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


# A client sends the same few texts for ever, and to validate one takes milliseconds.
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


Variables = Mapping[str, Any]


def _with_defaults(operation: OperationDefinitionNode, given: Variables) -> dict[str, Any]:
    """Return the variables of a request, completed with the defaults of the operation."""
    defaults = {
        definition.variable.name.value: value_from_ast_untyped(definition.default_value)
        for definition in operation.variable_definitions or ()
        if definition.default_value is not None
    }
    return {**defaults, **given}


def argument(node: FieldNode | DirectiveNode, name: str, variables: Variables) -> Any:
    """Return an argument's value, or None when it is not given."""
    for given in node.arguments or ():
        if given.name.value == name:
            return value_from_ast_untyped(given.value, dict(variables))
    return None


def _is_active(selection: SelectionNode, variables: Variables) -> bool:
    """Return whether `@include` and `@skip` leave the selection in the query."""
    for directive in selection.directives or ():
        condition = argument(directive, "if", variables)
        if directive.name.value == "include" and condition is False:
            return False
        if directive.name.value == "skip" and condition is True:
            return False
    return True


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of a query as it declares it.

    `fields` are the active ones as `Type.field`; `first` is the size of the page of pull requests,
    0 when the query has none. `ids` counts the things that are asked for by node id, and
    repositories by name.
    """

    requests: int
    nodes: int
    fields: frozenset[str]
    first: int
    ids: int
    dry_run: bool

    @property
    def points(self) -> int:
        """Return the points GitHub charges."""
        return points_of(self.requests)


def points_of(requests: int) -> int:
    """Return the points of a number of requests: a hundredth, rounded half up, at least 1."""
    # Half up, in whole numbers: Python's round() would give GitHub's 2.5 points as 2.
    return max(1, (requests + 50) // 100)


def shape_of(
    schema: GraphQLSchema,
    document: Document,
    operation: OperationDefinitionNode,
    variables: Variables,
    node_limit: int,
) -> Shape:
    """Return the shape of an operation. Raises `GitHubError` above the node limit."""
    survey = _Survey(schema, document, _with_defaults(operation, variables), node_limit)
    query = schema.query_type
    assert query is not None, "GitHub's schema has a query type"
    survey.add(query, [operation.selection_set], parents=1)
    return Shape(
        survey.requests,
        survey.nodes,
        frozenset(survey.fields),
        survey.first,
        survey.ids,
        survey.dry_run,
    )


_Fields = dict[tuple[str, str], tuple[GraphQLCompositeType, list[FieldNode]]]


@dataclass(slots=True)
class _Survey:
    """The sums of what one operation declares, gathered from its top to its leaves."""

    schema: GraphQLSchema
    document: Document
    variables: Variables
    node_limit: int
    requests: int = 0
    nodes: int = 0
    first: int = 0
    ids: int = 0
    dry_run: bool = False
    fields: set[str] = field(default_factory=set)

    def add(
        self, parent: GraphQLCompositeType, sets: Iterable[SelectionSetNode], parents: int
    ) -> None:
        """Add up everything below `parent`, of which there are up to `parents`."""
        collected: _Fields = {}
        for selection_set in sets:
            self._collect(parent, selection_set.selections, collected)
        for owner, nodes in collected.values():
            self._field(owner, nodes, parents)

    def _collect(
        self, parent: GraphQLCompositeType, selections: Iterable[SelectionNode], into: _Fields
    ) -> None:
        """Gather fields under the name they have in the response, so that none is charged twice."""
        for selection in selections:
            if not _is_active(selection, self.variables):
                continue
            match selection:
                case FieldNode():
                    name = (selection.alias or selection.name).value
                    into.setdefault((parent.name, name), (parent, []))[1].append(selection)
                case InlineFragmentNode():
                    kind = selection.type_condition
                    inside = self._type(kind.name.value) if kind else parent
                    self._collect(inside, selection.selection_set.selections, into)
                case FragmentSpreadNode():
                    fragment = self.document.fragments[selection.name.value]
                    inside = self._type(fragment.type_condition.name.value)
                    self._collect(inside, fragment.selection_set.selections, into)

    def _field(self, owner: GraphQLCompositeType, nodes: list[FieldNode], parents: int) -> None:
        node = nodes[0]
        name = node.name.value
        self.fields.add(f"{owner.name}.{name}")
        if not isinstance(owner, GraphQLObjectType | GraphQLInterfaceType):
            return
        definition = owner.fields.get(name)
        if definition is None:  # `__typename` belongs to no type
            return
        kind = get_named_type(definition.type)
        if kind.name == "RateLimit":
            self.dry_run = argument(node, "dryRun", self.variables) is True
        if is_composite_type(kind):
            sets = [asked.selection_set for asked in nodes if asked.selection_set]
            self.add(kind, sets, self._children(node, kind.name, parents))

    def _children(self, node: FieldNode, kind: str, parents: int) -> int:
        """Return of how many parents the fields below `node` are asked, and charge for it."""
        name = node.name.value
        if name == "nodes" and not kind.endswith("Connection"):
            ids = argument(node, "ids", self.variables)
            if not isinstance(ids, list):
                return parents
            self.ids += len(ids)
            return parents * len(ids)
        if name == "repository" and parents == 1:
            self.ids += 1
        if not kind.endswith("Connection"):
            return parents
        size = self._size(node)
        self.requests += parents
        if kind == "PullRequestConnection":
            self.first = max(self.first, size)
        if not size:
            return 0
        self.nodes += parents * size
        if self.nodes > self.node_limit:
            raise GitHubError(
                "MAX_NODE_LIMIT_EXCEEDED",
                f"By the time this query traverses to the {name} connection, it is requesting up "
                f"to {self.nodes:,} possible nodes which exceeds the maximum limit of "
                f"{self.node_limit:,}.",
            )
        return parents * size

    def _size(self, node: FieldNode) -> int:
        """Return the asked size of a page; a size below 1 is refused later and multiplies none."""
        sizes = (argument(node, name, self.variables) for name in ("first", "last"))
        return next((size for size in sizes if isinstance(size, int) and size > 0), 0)

    def _type(self, name: str) -> GraphQLCompositeType:
        kind = self.schema.type_map[name]
        assert is_composite_type(kind), "validation lets no other condition pass"
        return kind
