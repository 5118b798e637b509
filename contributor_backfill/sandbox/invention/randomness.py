"""Streams of random numbers that depend on nothing but their key."""

from random import Random


def stream(seed: int, *key: int) -> Random:
    """Return the stream of `key`: the same numbers on every machine and in every process."""
    mixed = seed
    for part in key:
        # The prime and the 1 keep keys apart that differ by a 0 or by the order of their parts.
        mixed = (mixed * 1_000_003 + part + 1) & 0xFFFF_FFFF_FFFF_FFFF
    return Random(mixed)  # noqa: S311  # data for rehearsals, no secret depends on it
