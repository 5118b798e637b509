"""Events in the sandbox's world while a client walks through it.

A change is a JSON object: `{"change": "insert_pull_request", "repository": "owner/name"}`.
"""

from collections.abc import Mapping
from typing import Any

from contributor_backfill.domain.errors import InvalidInput
from contributor_backfill.sandbox.actions.changes import CHANGES as OF_ACTIONS
from contributor_backfill.sandbox.clock import SandboxClock
from contributor_backfill.sandbox.issues.changes import CHANGES as OF_ISSUES
from contributor_backfill.sandbox.people.changes import CHANGES as OF_PEOPLE
from contributor_backfill.sandbox.pull_requests.changes import CHANGES as OF_PULL_REQUESTS
from contributor_backfill.sandbox.pull_requests.conversation_changes import (
    CHANGES as OF_CONVERSATIONS,
)
from contributor_backfill.sandbox.pull_requests.review_comment_changes import (
    CHANGES as OF_REVIEW_COMMENTS,
)
from contributor_backfill.sandbox.repositories.changes import CHANGES as OF_REPOSITORIES
from contributor_backfill.sandbox.world import timestamps
from contributor_backfill.sandbox.world.change_targets import Change, Document
from contributor_backfill.sandbox.world.world import World

_CHANGES: Mapping[str, Change] = {
    **OF_PULL_REQUESTS,
    **OF_CONVERSATIONS,
    **OF_REVIEW_COMMENTS,
    **OF_PEOPLE,
    **OF_REPOSITORIES,
    **OF_ACTIONS,
    **OF_ISSUES,
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
