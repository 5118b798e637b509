"""How current what is stored is: the newest change of many repositories, asked for at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from contributor_backfill.domain.control import Access, AccessFinding, KnownRepository, Refused
from contributor_backfill.domain.types import RepositoryId


@dataclass(frozen=True)
class Newest:
    """A repository as GitHub shows it. `newest_change` is null where it has no pull request."""

    github_id: int
    node_id: str
    full_name: str
    is_private: bool
    newest_change: datetime | None


Finding = Newest | Refused
"""The finding of a probe on one repository; null where nothing usable came."""


@dataclass(frozen=True)
class Findings:
    """The findings of probes, sorted by what to do next.

    `by_name` are to be probed again by name: their node id led nowhere, or to another repository.
    GitHub has changed its node ids before.
    """

    shown: tuple[tuple[KnownRepository, Newest], ...] = ()
    refused: tuple[AccessFinding, ...] = ()
    by_name: tuple[KnownRepository, ...] = ()
    unclear: tuple[KnownRepository, ...] = ()


def findings_of(found: Iterable[tuple[KnownRepository, Finding | None]]) -> Findings:
    """Sort what was found. Only the numeric id tells which repository it is: names move on."""
    shown: list[tuple[KnownRepository, Newest]] = []
    refused: list[AccessFinding] = []
    by_name: list[KnownRepository] = []
    unclear: list[KnownRepository] = []
    for repository, finding in found:
        if finding is None:
            unclear.append(repository)
        elif isinstance(finding, Newest) and finding.github_id == repository.github_id:
            shown.append((repository, finding))
        elif repository.node_id and not _is_forbidden(finding):
            by_name.append(repository)
        else:
            refused.append(_refusal(repository, finding))
    return Findings(tuple(shown), tuple(refused), tuple(by_name), tuple(unclear))


def _is_forbidden(finding: Finding) -> bool:
    return isinstance(finding, Refused) and finding.access is Access.FORBIDDEN


def _refusal(repository: KnownRepository, finding: Finding) -> AccessFinding:
    if isinstance(finding, Refused):
        return AccessFinding(
            repository.repository_id, finding.access, repository.full_name, finding.message
        )
    reason = f"The name belongs to another repository now (id {finding.github_id})."
    return AccessFinding(repository.repository_id, Access.GONE, repository.full_name, reason)


@dataclass(frozen=True)
class ProbeClaim:
    """Repositories to be probed, and when that began.

    `taken` counts those too that are no longer tracked.
    """

    asked_at: str
    repositories: tuple[KnownRepository, ...]
    taken: int


@dataclass(frozen=True)
class Noted:
    """The findings compared with what is stored: how many are current, and which moved."""

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


def repository_ids(repositories: Iterable[KnownRepository]) -> tuple[RepositoryId, ...]:
    """Return the ids of repositories."""
    return tuple(repository.repository_id for repository in repositories)
