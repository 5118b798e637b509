"""The order of an invented repository: numbers with gaps, times, states."""

from collections.abc import Iterator
from random import Random

from contributor_backfill.sandbox.invention.numbering import Numbering
from contributor_backfill.sandbox.invention.randomness import stream
from contributor_backfill.sandbox.options import RepositoryOptions
from contributor_backfill.sandbox.pull_requests.records import Head
from contributor_backfill.sandbox.world import timestamps

_SAME_SECOND_SHARE = 0.03
_MEAN_LIFE_SECONDS = 5 * 86_400


def invent(options: RepositoryOptions, numbering: Numbering) -> Iterator[Head]:
    """Yield the heads of a repository, oldest first."""
    random = stream(options.seed, 21)
    newest = timestamps.to_seconds(options.newest)
    between = options.hours_between * 3600
    created = newest - options.pull_requests * between
    number = 0
    for ordinal in range(options.pull_requests):
        number += 1 + _issues_between(options.gap_share, random)
        if random.random() >= _SAME_SECOND_SHARE:
            created += random.expovariate(1 / between)
        newness = (ordinal + 1) / options.pull_requests
        yield Head(
            ordinal=ordinal,
            number=number,
            database_id=numbering.pull_request_id(ordinal),
            created_at=timestamps.to_text(created),
            updated_at=timestamps.to_text(created + random.expovariate(1 / _MEAN_LIFE_SECONDS)),
            state=_state(newness, random),
        )


def _issues_between(gap_share: float, random: Random) -> int:
    return 1 + int(random.random() * 3) if random.random() < gap_share else 0


def _state(newness: float, random: Random) -> str:
    """Return a state; among the newest twentieth most are still open."""
    chance = random.random()
    open_share = 0.7 if newness > 0.95 else 0.03
    if chance < open_share:
        return "OPEN"
    return "CLOSED" if random.random() < 0.17 else "MERGED"
