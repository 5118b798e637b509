"""Cursors as GitHub makes them: a keyset (sort value and id), so inserts and deletes move nothing.

GitHub packs `["2022-04-20T19:38:11+02:00", 914484077]` behind `cursor:v2:`;
here the pair is JSON instead of msgpack, which a client cannot tell: cursors are opaque.
"""

import json
from base64 import b64decode, b64encode

Key = tuple[str, int]
"""The sort value and the database id of an item."""

_PREFIX = b"cursor:v2:"


class BadCursor(ValueError):
    """A text that is no cursor of this sandbox."""


def encode(key: Key) -> str:
    """Return the cursor that stands on the item of `key`."""
    return b64encode(_PREFIX + json.dumps(key).encode()).decode()


def decode(cursor: str) -> Key:
    """Return the key a cursor stands on. Raises `BadCursor`."""
    try:
        packed = b64decode(cursor, validate=True)
        value, database_id = json.loads(packed.removeprefix(_PREFIX))
    except ValueError as error:
        raise BadCursor(cursor) from error
    if not (packed.startswith(_PREFIX) and isinstance(value, str) and isinstance(database_id, int)):
        raise BadCursor(cursor)
    return value, database_id
