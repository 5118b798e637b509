"""What people and `recover` change of repositories, and what GitHub says of those in trouble."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from contributor_backfill.domain.types import RepositoryId


class Action(StrEnum):
    """What a person can do to repositories; each is a function in db/sql/control."""

    PAUSE = "pause"
    RESUME = "resume"
    RETRY = "retry"
    RESET = "reset"
    SET = "set"


class Access(StrEnum):
    """How GitHub shows a repository; `gone` is deleted or private, which it does not tell apart."""

    OK = "ok"
    GONE = "gone"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True)
class Order:
    """Who wants a change, and why. `call_id` is a UUID: the same order given twice is one."""

    call_id: str
    actor: str
    reason: str | None = None


@dataclass(frozen=True)
class Change:
    """One row of `backfill_interventions`. `before` and `after` hold what differs, by name.

    `made_at` is null for a change that was not made: a dry run's. `repository` is null for what
    belongs to none, such as a run over all of them.
    """

    action: str
    repository: str | None
    actor: str
    reason: str | None
    before: dict[str, Any]
    after: dict[str, Any]
    made_at: datetime | None = None


@dataclass(frozen=True)
class Controlled:
    """What a call changed, and the repositories it left alone because a run works there now."""

    changes: tuple[Change, ...]
    busy: tuple[str, ...] = ()


@dataclass(frozen=True)
class Suspect:
    """A repository that GitHub has to be asked about. `node_id` is null when it is not known."""

    repository_id: RepositoryId
    github_id: int
    node_id: str | None
    full_name: str


@dataclass(frozen=True)
class Shown:
    """A repository as GitHub shows it now."""

    github_id: int
    full_name: str


@dataclass(frozen=True)
class Refused:
    """GitHub does not show a repository: `gone` or `forbidden`, in GitHub's words."""

    access: Access
    message: str


@dataclass(frozen=True)
class Verdict:
    """What is to be noted of a suspect. `full_name` is its present one, as far as is known."""

    repository_id: RepositoryId
    access: Access
    full_name: str
    reason: str


def verdict(suspect: Suspect, answer: Shown | Refused) -> Verdict:
    """Return what GitHub's answer means for a suspect.

    A name without the id belongs to another repository by now, and the suspect is gone.
    """
    if isinstance(answer, Refused):
        return Verdict(suspect.repository_id, answer.access, suspect.full_name, answer.message)
    if answer.github_id != suspect.github_id:
        reason = f"The name belongs to another repository now (id {answer.github_id})."
        return Verdict(suspect.repository_id, Access.GONE, suspect.full_name, reason)
    reason = "GitHub shows it."
    if answer.full_name != suspect.full_name:
        reason = f"GitHub shows it as {answer.full_name}."
    return Verdict(suspect.repository_id, Access.OK, answer.full_name, reason)
