"""The part of a REST path that names a repository."""

import re
from urllib.parse import unquote

from contributor_backfill.sandbox.repositories.records import Repository
from contributor_backfill.sandbox.world.world import World

PATH = re.compile(
    r"(?P<prefix>(?:/api/v3)?)"
    r"/(?:repos/(?P<owner>[^/]+)/(?P<name>[^/]+)|repositories/(?P<id>\d{1,18}))"
    r"(?P<below>(?:/.*)?)"
)


def repository_of(world: World, parts: re.Match[str]) -> tuple[Repository | None, bool]:
    """Return the repository of a path, and whether it is there under its present name."""
    if parts["id"]:
        return world.repositories.get(int(parts["id"])), True
    name = f"{unquote(parts['owner'])}/{unquote(parts['name'])}"
    return world.find(name), world.find(name, follow_renames=False) is not None
