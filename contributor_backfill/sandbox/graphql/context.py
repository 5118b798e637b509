"""What the resolvers of one query share."""

from dataclasses import dataclass, field

from graphql import GraphQLResolveInfo

from contributor_backfill.sandbox.budget import Standing
from contributor_backfill.sandbox.graphql.effects import Effects
from contributor_backfill.sandbox.graphql.pricing import Shape
from contributor_backfill.sandbox.options import Limits
from contributor_backfill.sandbox.world.world import World


@dataclass(slots=True)
class Work:
    """What the execution of a query really returned."""

    nodes: int = 0
    changed_files: int = 0
    characters: int = 0
    numbers: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Context:
    """World, limits, faults and price of one query, and the work it makes."""

    world: World
    limits: Limits
    effects: Effects
    shape: Shape
    standing: Standing
    work: Work = field(default_factory=Work)


Info = GraphQLResolveInfo[Context]
"""What graphql-core tells a resolver, with our context in it."""
