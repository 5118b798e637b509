"""How current what is stored is: the newest change of many repositories, asked for at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from contributor_backfill.domain.control import Access, Refused, Suspect, Verdict
from contributor_backfill.domain.types import RepositoryId


@dataclass(frozen=True)
class Newest:
    """A repository as GitHub shows it. `newest_change` is null where it has no pull request."""

    github_id: int
    node_id: str
    full_name: str
    is_private: bool
    newest_change: datetime | None


Said = Newest | Refused
"""What GitHub says of a repository; of one without either it said nothing that can be used."""


@dataclass(frozen=True)
class Asked:
    """What became of a question about repositories.

    `by_name` are those that are to be asked about again, by name: their node id led nowhere, or to
    another repository. GitHub has changed its node ids before.
    """

    shown: tuple[tuple[Suspect, Newest], ...] = ()
    refused: tuple[Verdict, ...] = ()
    by_name: tuple[Suspect, ...] = ()
    unclear: tuple[Suspect, ...] = ()


def judged(said: Iterable[tuple[Suspect, Said | None]]) -> Asked:
    """Return what GitHub's answers mean. A repository is who has its id, whatever led there."""
    shown: list[tuple[Suspect, Newest]] = []
    refused: list[Verdict] = []
    by_name: list[Suspect] = []
    unclear: list[Suspect] = []
    for suspect, answer in said:
        if answer is None:
            unclear.append(suspect)
        elif isinstance(answer, Newest) and answer.github_id == suspect.github_id:
            shown.append((suspect, answer))
        elif suspect.node_id and not _is_forbidden(answer):
            by_name.append(suspect)
        else:
            refused.append(_refusal(suspect, answer))
    return Asked(tuple(shown), tuple(refused), tuple(by_name), tuple(unclear))


def _is_forbidden(answer: Said) -> bool:
    return isinstance(answer, Refused) and answer.access is Access.FORBIDDEN


def _refusal(suspect: Suspect, answer: Said) -> Verdict:
    if isinstance(answer, Refused):
        return Verdict(suspect.repository_id, answer.access, suspect.full_name, answer.message)
    reason = f"The name belongs to another repository now (id {answer.github_id})."
    return Verdict(suspect.repository_id, Access.GONE, suspect.full_name, reason)


@dataclass(frozen=True)
class ProbeClaim:
    """Repositories that GitHub is to be asked about, and when that was begun.

    `taken` counts also those that nobody wants to know of any more.
    """

    asked_at: str
    repositories: tuple[Suspect, ...]
    taken: int


@dataclass(frozen=True)
class Noted:
    """What the answers meant beside what is stored: how many are current, and which moved."""

    current: int
    moved: tuple[str, ...]


@dataclass(frozen=True)
class Behind:
    """How far behind GitHub the repositories are that are kept current; nulls for none of them."""

    repositories: int
    median_seconds: int | None
    worst_seconds: int | None
    worst: str | None
    """The name of the one that is farthest behind."""


def repository_ids(suspects: Iterable[Suspect]) -> tuple[RepositoryId, ...]:
    """Return the ids of repositories."""
    return tuple(each.repository_id for each in suspects)
