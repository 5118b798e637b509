"""Titles and bodies: cheap, deterministic, and as long as real ones."""

from functools import lru_cache
from importlib import resources
from random import Random

from contributor_backfill.sandbox.invention.randomness import stream

MAXIMUM_BODY = 65_536
"""GitHub's longest body, in characters."""

# Bodies are pieces of one text, for which drawing them word by word is slow; twice the longest, so
# that even two of those differ.
_CORPUS_CHARACTERS = 2 * MAXIMUM_BODY

# Median 150 and 99th percentile about 4,000 characters, as in pytorch/pytorch.
_BODY_MU, _BODY_SIGMA = 5.01, 1.41
_NOTE_MU, _NOTE_SIGMA = 3.9, 1.1


@lru_cache(maxsize=1)
def _words() -> list[str]:
    return resources.files(__package__).joinpath("words.txt").read_text(encoding="utf-8").split()


@lru_cache(maxsize=1)
def _corpus() -> str:
    random = stream(0)
    lines = []
    length = 0
    while length < _CORPUS_CHARACTERS:
        line = " ".join(random.choices(_words(), k=random.randint(4, 16))).capitalize() + ".\n"
        lines.append(line)
        length += len(line)
    return "".join(lines)


def text_of(random: Random, length: int) -> str:
    """Return `length` characters of prose, cut at GitHub's longest body."""
    corpus = _corpus()
    wanted = min(length, MAXIMUM_BODY)
    start = int(random.random() * (len(corpus) - wanted))
    return corpus[start : start + wanted]


def title(random: Random) -> str:
    """Return a title of three to eleven words."""
    return " ".join(random.choices(_words(), k=3 + int(random.random() * 9))).capitalize()


def body(random: Random) -> str:
    """Return a pull request's body: median 150 characters, heavy tail, one in ten empty."""
    if random.random() < 0.1:
        return ""
    return text_of(random, int(random.lognormvariate(_BODY_MU, _BODY_SIGMA)))


def note(random: Random) -> str:
    """Return the body of a review or a comment: median 50 characters."""
    return text_of(random, 1 + int(random.lognormvariate(_NOTE_MU, _NOTE_SIGMA)))


def branch(random: Random) -> str:
    """Return the name of a branch."""
    return "-".join(random.choices(_words(), k=2))
