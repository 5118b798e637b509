"""Pieces of a diff, as long and as shaped as those around real comments."""

from random import Random

from contributor_backfill.sandbox.invention import texts

_SIGNS = (" ", " ", "+", "+", "-")


def hunk(line: int, random: Random) -> str:
    """Return a piece of a diff that ends on `line`: its header and three to ten lines."""
    count = 3 + int(random.random() * 8)
    words = texts.text_of(random, 40 * count).split("\n")
    lines = [f"{_SIGNS[int(random.random() * len(_SIGNS))]}    {each}" for each in words[:count]]
    begin = max(1, line - count)
    name = texts.branch(random).replace("-", "_")
    return "\n".join([f"@@ -{begin},{count} +{begin},{count + 1} @@ def {name}():", *lines])
