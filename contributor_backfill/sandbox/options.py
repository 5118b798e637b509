"""The options of a sandbox: frozen values with defaults that suit a test."""

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class ListSizes:
    """The lengths of the lists of one kind.

    Sizes follow a geometric distribution around `mean`; every size in `tails` is given to exactly
    one pull request besides. With `exact`, all lists have that size and there are no tails.
    """

    mean: float = 2.0
    exact: int | None = None
    tails: tuple[int, ...] = ()

    @classmethod
    def exactly(cls, size: int) -> "ListSizes":
        """Return sizes without any variation."""
        return cls(exact=size)


@dataclass(frozen=True, slots=True)
class RepositoryOptions:
    """One invented repository.

    `hours_between` pull requests is a mean; the newest is opened at about `newest`. Every
    `oddity_every`-th pull request has one oddity (see `oddities`), 0 means none; without oddities
    no account is deleted and nobody but users and bots takes part. `gap_share` is the share of
    numbers that are followed by issues. `review_comments` says how many comments on the diff a
    pull request with reviews has, in place of `review_threads`; a tail brings a review along. With
    `colliding_ids`, every pull request with both kinds of comments has one id in common to them.
    `total_surplus` is by how many `pullRequests.totalCount` says more than the list holds.
    `totals_count_reviews` makes `totalCommentsCount` count reviews that have a body as well.
    """

    name_with_owner: str = "octo-sandbox/rehearsal"
    pull_requests: int = 300
    seed: int = 1
    reviews: ListSizes = field(default_factory=lambda: ListSizes(2.0, tails=(101, 250)))
    comments: ListSizes = field(default_factory=lambda: ListSizes(2.0, tails=(101, 1_200)))
    review_threads: ListSizes = field(default_factory=lambda: ListSizes(0.7))
    review_comments: ListSizes | None = None
    colliding_ids: bool = False
    totals_count_reviews: bool = False
    total_surplus: int = 0
    oddity_every: int = 23
    gap_share: float = 0.3
    hours_between: float = 6.0
    newest: str = "2025-06-30T12:00:00Z"
    is_private: bool = False
    is_fork: bool = False
    is_archived: bool = False


@dataclass(frozen=True, slots=True)
class DatasetOptions:
    """The inventions on top of a real list.

    `unmerged_share` is the share of the list's missing numbers that become pull requests which
    were never merged; the other missing numbers are issues. `review_comments` is as in
    `RepositoryOptions`.
    """

    seed: int = 1
    unmerged_share: float = 0.1
    reviews: ListSizes = field(default_factory=lambda: ListSizes(0.5))
    comments: ListSizes = field(default_factory=lambda: ListSizes(1.5))
    review_threads: ListSizes = field(default_factory=lambda: ListSizes(0.5))
    review_comments: ListSizes | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """GitHub's limits. None switches a limit off.

    https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api

    `hourly_requests` is the quota of REST, which has its own. `points_a_minute` is the secondary
    limit's own scale, where a query counts 1.
    `timeout_extra_points` is what a query that timed out costs on top; GitHub does not publish it.
    """

    hourly_points: int = 1_000
    hourly_requests: int = 1_000
    points_a_minute: int | None = 2_000
    secondary_status: int = 403
    secondary_retry_after: int | None = 60
    page_limit: int = 100
    node_limit: int = 500_000
    node_ids_limit: int = 100
    timeout_milliseconds: float = 10_000
    timeout_extra_points: int = 10


class Spending(StrEnum):
    """The effect of computed milliseconds: nothing, move the sandbox's clock, or really pass."""

    NOTHING = "nothing"
    CLOCK = "clock"
    SLEEP = "sleep"


@dataclass(frozen=True, slots=True)
class WorkModel:
    """The time that GitHub would have worked on a query, from what it really returned.

    All zero, the default, means that nothing ever times out. Files are those that the diffs of the
    pull requests change, and are worked for only where diff statistics are asked for; kilobytes are
    of texts. `noise` is the standard deviation of the logarithm of a factor, drawn anew for each
    query from `seed`. `drift` is by how much GitHub is slower and faster in a wave of
    `drift_queries` queries. `latency_milliseconds` are really waited before every response,
    whatever `spending` says.
    """

    milliseconds_per_request: float = 0.0
    milliseconds_per_pull_request: float = 0.0
    milliseconds_per_node: float = 0.0
    milliseconds_per_diff_statistics: float = 0.0
    milliseconds_per_changed_file: float = 0.0
    milliseconds_per_kilobyte: float = 0.0
    noise: float = 0.0
    seed: int = 1
    drift: float = 0.0
    drift_queries: int = 300
    spending: Spending = Spending.NOTHING
    latency_milliseconds: float = 0.0
