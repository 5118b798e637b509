"""The values of arguments in a query's text, as far as prices and limits depend on them."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionNode,
    StringValueNode,
    ValueNode,
    VariableNode,
)

Variables = Mapping[str, Any]


def with_defaults(operation: OperationDefinitionNode, given: Variables) -> dict[str, Any]:
    """Return the variables of a request, completed with the defaults of the operation."""
    defaults = {
        definition.variable.name.value: value_of(definition.default_value, {})
        for definition in operation.variable_definitions or ()
        if definition.default_value is not None
    }
    return {**defaults, **given}


def value_of(node: ValueNode | None, variables: Variables) -> Any:
    """Return the value of a literal or a variable; None for kinds that no price depends on."""
    match node:
        case VariableNode():
            return variables.get(node.name.value)
        case IntValueNode():
            return int(node.value)
        case BooleanValueNode() | StringValueNode():
            return node.value
        case ListValueNode():
            return [value_of(item, variables) for item in node.values]
        case _:
            return None


def argument(node: FieldNode | DirectiveNode, name: str, variables: Variables) -> Any:
    """Return an argument's value, or None when it is not given."""
    for given in node.arguments or ():
        if given.name.value == name:
            return value_of(given.value, variables)
    return None


def is_active(selection: SelectionNode, variables: Variables) -> bool:
    """Return whether `@include` and `@skip` leave the selection in the query."""
    for directive in selection.directives or ():
        condition = argument(directive, "if", variables)
        if directive.name.value == "include" and condition is False:
            return False
        if directive.name.value == "skip" and condition is True:
            return False
    return True
