"""Global node ids: a prefix for the type and the numbers that find the node again.

GitHub's are the same kind of thing (`PR_kwDO…`: a prefix and base64 of packed numbers) and just as
opaque to a client.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from struct import Struct

_NUMBERS = Struct(">QQQ")


@dataclass(frozen=True, slots=True)
class NodeId:
    """What a node id says. `number` is the pull request's and 0 where there is none."""

    prefix: str
    repository_id: int
    number: int
    database_id: int


def encode(prefix: str, repository_id: int, number: int = 0, database_id: int = 0) -> str:
    """Return the node id of a thing."""
    packed = _NUMBERS.pack(repository_id, number, database_id)
    return f"{prefix}_{urlsafe_b64encode(packed).decode()}"


def decode(node_id: str) -> NodeId | None:
    """Return what `node_id` says, or None for an id that this sandbox never gave out."""
    prefix, _, packed = node_id.partition("_")
    try:
        numbers = _NUMBERS.unpack(urlsafe_b64decode(packed))
    except Exception:  # noqa: BLE001  # any malformed text is an unknown id, whatever broke
        return None
    return NodeId(prefix, *numbers)
