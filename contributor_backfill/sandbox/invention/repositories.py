"""Whole pull requests of an invented repository, one at a time, from seed and ordinal."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Protocol

from contributor_backfill.sandbox.invention import texts
from contributor_backfill.sandbox.invention.lists import ListMaker
from contributor_backfill.sandbox.invention.numbering import Numbering
from contributor_backfill.sandbox.invention.oddities import colliding_ids, oddity_of
from contributor_backfill.sandbox.invention.randomness import stream
from contributor_backfill.sandbox.options import RepositoryOptions
from contributor_backfill.sandbox.people.invention import People
from contributor_backfill.sandbox.pull_requests.records import Head, PullRequest
from contributor_backfill.sandbox.world import timestamps

_SAME_SECOND_SHARE = 0.03
_MEAN_LIFE_SECONDS = 5 * 86_400


def _heads_of(options: RepositoryOptions, numbering: Numbering) -> Iterator[Head]:
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


LABELS = ("bug", "documentation", "enhancement", "good first issue", "performance", "tests")
"""The labels that every repository has at first."""


class Source(Protocol):
    """Where a repository's pull requests come from."""

    @property
    def lists(self) -> ListMaker:
        """Return what makes the lists inside its pull requests."""

    def heads(self) -> Iterator[Head]:
        """Yield what the repository holds at first, oldest first."""

    def build(self, head: Head) -> PullRequest:
        """Return the whole pull request of `head`, the same every time."""


@dataclass(frozen=True, slots=True)
class InventedSource:
    """A source that knows nothing but its options."""

    options: RepositoryOptions
    lists: ListMaker

    def heads(self) -> Iterator[Head]:
        """Yield the heads of the repository, oldest first."""
        return _heads_of(self.options, self.lists.numbering)

    def build(self, head: Head) -> PullRequest:
        """Return the whole pull request of `head`."""
        random = stream(self.options.seed, 31, head.ordinal)
        pull_request = invent(head, self.lists, random)
        oddity = oddity_of(head.ordinal, self.options.oddity_every)
        if oddity is not None:
            pull_request = oddity(pull_request, self.lists.people)
        if self.options.colliding_ids:
            pull_request = colliding_ids(pull_request)
        return replace(pull_request, totals_count_reviews=self.options.totals_count_reviews)


def invent(head: Head, lists: ListMaker, random: Random) -> PullRequest:
    """Return a pull request of which only the head is given."""
    people = lists.people
    reviews = lists.reviews(head, random)
    is_open = head.state == "OPEN"
    additions = int(random.lognormvariate(3.3, 1.7))
    return PullRequest(
        ordinal=head.ordinal,
        number=head.number,
        database_id=head.database_id,
        created_at=head.created_at,
        updated_at=head.updated_at,
        state=head.state,
        repository_id=lists.repository_id,
        title=texts.title(random),
        body=texts.body(random),
        is_draft=is_open and random.random() < 0.2,
        base_ref_name="main",
        head_ref_name=texts.branch(random),
        head_ref_oid=f"{random.getrandbits(160):040x}",
        closed_at=None if is_open else head.updated_at,
        merged_at=head.updated_at if head.state == "MERGED" else None,
        author_id=people.author(random),
        merged_by_id=people.person(random) if head.state == "MERGED" else None,
        additions=additions,
        deletions=int(additions * random.random()),
        changed_files=1 + additions // 40,
        commits=1 + int(random.expovariate(0.5)),
        mergeable=_mergeable(head.state, random),
        merge_state_status=_merge_state(head.state, random),
        assignee_ids=assignees(people, random),
        labels=labels(random),
        reviews=reviews,
        comments=lists.comments(head, random),
        review_threads=lists.threads.threads(head, reviews, random),
    )


def assignees(people: People, random: Random) -> tuple[int, ...]:
    """Return up to three users; most pull requests have none."""
    count = max(0, int(random.random() * 6) - 2)
    return tuple(dict.fromkeys(people.user(random) for _ in range(count)))


def labels(random: Random) -> tuple[str, ...]:
    """Return up to three names of labels."""
    count = int(random.random() * 4)
    return tuple(sorted(random.sample(LABELS, count)))


def _mergeable(state: str, random: Random) -> str:
    if state != "OPEN":
        return "UNKNOWN"
    return "CONFLICTING" if random.random() < 0.2 else "MERGEABLE"


def _merge_state(state: str, random: Random) -> str:
    if state != "OPEN":
        return "UNKNOWN"
    return ("BEHIND", "BLOCKED", "CLEAN", "UNSTABLE")[int(random.random() * 4)]
