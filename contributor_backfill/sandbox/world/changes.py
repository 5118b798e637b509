"""Events in the sandbox's world while a client walks through it.

A change is a JSON object: `{"change": "insert_pull_request", "repository": "owner/name"}`.
"""

from collections.abc import Mapping
from typing import Any

from contributor_backfill.domain.errors import InvalidInput
from contributor_backfill.sandbox.clock import SandboxClock
from contributor_backfill.sandbox.world import (
    actions_changes,
    conversation_changes,
    inline_changes,
    issue_changes,
    people_changes,
    permission_changes,
    pull_request_changes,
    repository_changes,
    timestamps,
)
from contributor_backfill.sandbox.world.change_targets import Change, Document
from contributor_backfill.sandbox.world.populace import World

_CHANGES: Mapping[str, Change] = {
    **pull_request_changes.CHANGES,
    **conversation_changes.CHANGES,
    **inline_changes.CHANGES,
    **people_changes.CHANGES,
    **repository_changes.CHANGES,
    **permission_changes.CHANGES,
    **actions_changes.CHANGES,
    **issue_changes.CHANGES,
}


def apply(world: World, clock: SandboxClock, change: Document) -> dict[str, Any]:
    """Make a change at the sandbox's present moment and return what came of it.

    Raises `InvalidInput` for a change it does not know or that lacks a value, `NotFound` for a
    thing that does not exist.
    """
    name = change.get("change")
    make = _CHANGES.get(name) if isinstance(name, str) else None
    if make is None:
        raise InvalidInput(f"No change {name!r}.", advice=f"Known changes: {', '.join(_CHANGES)}.")
    try:
        return make(world, change, timestamps.to_text(clock.epoch()))
    except KeyError as error:
        raise InvalidInput(f"The change {name} needs {error}.") from error
    except (AttributeError, TypeError) as error:
        raise InvalidInput(f"The change {name} has a value of a wrong kind.") from error
