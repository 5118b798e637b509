"""Everything that can be wrong with a response of GitHub, each kind told apart.

GitHubFault                    a response without a usable page
├── TooHeavy                   the query was cut off: ask for less
│   ├── TooLarge               the response is larger than any page that GitHub makes
│   └── TooSlow                the response did not come, or not to its end
├── Unavailable                GitHub or the way to it is down: ask again
├── RateLimited
│   ├── PrimaryLimit           the hour's points are spent: wait for the reset
│   └── SecondaryLimit         too fast: wait as told, or a minute and longer each time
├── AccessLost                 this repository cannot be read any more: a person must act
│   ├── Gone                   it is not there, or not for this token
│   └── Forbidden              it is there, but this token may not read it
├── BadCredentials             the token is not accepted at all
└── Unusable                   a response that breaks GitHub's own rules

GitHub's limits:
https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
"""

from datetime import datetime

from contributor_backfill.domain.errors import BackfillError


class GitHubFault(BackfillError):
    """A response without a usable page."""


class TooHeavy(GitHubFault):
    """GitHub cut the query off: 502, 504, a timeout, or its limit on resources.

    With `may_be_chance` the response does not say whether the size of the request is at fault.
    Time does: after the ten seconds that GitHub works at most, it is. At once, it is chance, until
    it comes again. `has_no_data` is a success without data and without a known reason.
    """

    def __init__(
        self, message: str, *, may_be_chance: bool = False, has_no_data: bool = False
    ) -> None:
        super().__init__(message)
        self.may_be_chance = may_be_chance or has_no_data
        self.has_no_data = has_no_data


class TooLarge(TooHeavy):
    """The response is larger than any page that GitHub makes."""


class TooSlow(TooHeavy):
    """The response did not come in time, or not to its end."""


class Unavailable(GitHubFault):
    """GitHub or the way to it is down: 503, a broken connection, a page of HTML."""


class RateLimited(GitHubFault):
    """GitHub asks to wait."""


class PrimaryLimit(RateLimited):
    """The points of the hour are spent until `reset_at`."""

    def __init__(self, message: str, reset_at: datetime) -> None:
        super().__init__(message)
        self.reset_at = reset_at


class SecondaryLimit(RateLimited):
    """Requests came too fast. `retry_after` is in seconds, when GitHub named it."""

    def __init__(self, message: str, retry_after: float | None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class AccessLost(GitHubFault):
    """The repository cannot be read."""


class Gone(AccessLost):
    """GitHub does not show the repository: deleted, or private to this token."""


class Forbidden(AccessLost):
    """The token may not read the repository."""


class BadCredentials(GitHubFault):
    """GitHub does not accept the token."""

    exit_code = 3


class Unusable(GitHubFault):
    """The response breaks GitHub's own rules, such as a cursor that did not move."""
