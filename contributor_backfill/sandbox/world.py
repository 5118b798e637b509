"""Everything there is in the sandbox: repositories under their names, and accounts."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from contributor_backfill.domain.errors import NotFound
from contributor_backfill.sandbox.accounts import VIEWER, Account, Accounts, invite
from contributor_backfill.sandbox.clock import timestamp
from contributor_backfill.sandbox.ids import FIRST_REPOSITORY
from contributor_backfill.sandbox.invention.dataset import DatasetSource, read_rows, repository_name
from contributor_backfill.sandbox.invention.lists import ListMaker, Numbering
from contributor_backfill.sandbox.invention.pull_requests import Source, invented_source
from contributor_backfill.sandbox.options import DatasetOptions, RepositoryOptions
from contributor_backfill.sandbox.repositories import (
    Access,
    Permissions,
    Repository,
    RepositoryFacts,
)


class World:
    """Repositories by id and by every name they ever had, and all accounts."""

    def __init__(self) -> None:
        self.accounts = Accounts()
        self.permissions = Permissions()
        self.repositories: dict[int, Repository] = {}
        self._ids_by_name: dict[str, int] = {}

    @classmethod
    def of(
        cls,
        repositories: Iterable[RepositoryOptions] = (),
        datasets: Iterable[Path] = (),
        dataset_options: DatasetOptions | None = None,
    ) -> "World":
        """Return a world of invented repositories and real lists.

        Raises `InvalidInput` for a file that is no such list.
        """
        world = cls()
        for options in repositories:
            world.invent(options)
        for path in datasets:
            world.load(path, dataset_options or DatasetOptions())
        return world

    def invent(self, options: RepositoryOptions) -> Repository:
        """Add an invented repository."""
        team = invite(
            self.accounts,
            seed=options.seed,
            count=max(12, options.pull_requests // 25),
            odd=options.oddity_every > 0,
        )
        source = invented_source(options, team, self._next_id())
        added = self._add(options.name_with_owner, source, options)
        added.total_surplus = options.total_surplus
        return added

    def load(self, path: Path, options: DatasetOptions) -> Repository:
        """Add the real list of the file. Raises `InvalidInput`."""
        name = repository_name(path)
        rows = read_rows(path)
        team = invite(self.accounts, seed=options.seed, count=12, odd=False)
        lists = ListMaker(Numbering(self._next_id(), len(rows)), team, options)
        return self._add(name, DatasetSource.of(rows, options, lists, self.accounts))

    def find(self, name_with_owner: str, *, follow_renames: bool = True) -> Repository | None:
        """Return the repository of that name, in any spelling, or of a name it once had."""
        found = self._ids_by_name.get(name_with_owner.lower())
        if found is None:
            return None
        repository = self.repositories[found]
        present = repository.facts.name_with_owner.lower() == name_with_owner.lower()
        return repository if present or follow_renames else None

    def repository(self, name_with_owner: str) -> Repository:
        """Return the repository of that name. Raises `NotFound`."""
        found = self.find(name_with_owner)
        if found is None:
            raise NotFound(f"The sandbox has no repository {name_with_owner!r}.")
        return found

    def owned_by(self, login: str) -> Sequence[Repository]:
        """Return the repositories of an account that can be seen, by name."""
        found = (
            repository
            for repository in self.repositories.values()
            if repository.facts.owner.lower() == login.lower()
            and repository.access not in (Access.GONE, Access.PRIVATE)
        )
        return sorted(found, key=lambda repository: repository.facts.name.lower())

    def rename(self, repository: Repository, facts: RepositoryFacts) -> None:
        """Give a repository the name in `facts`; the old name goes on leading to it."""
        repository.facts = facts
        # The old name stays in the index: GitHub redirects it until somebody else takes it.
        self._ids_by_name[facts.name_with_owner.lower()] = facts.database_id

    def names(self) -> Sequence[str]:
        """Return the present names of all repositories."""
        return [repository.facts.name_with_owner for repository in self.repositories.values()]

    def account(self, account_id: int | None) -> Account | None:
        """Return the account, or None for one that was deleted."""
        return VIEWER if account_id == VIEWER.account_id else self.accounts.get(account_id)

    def _next_id(self) -> int:
        return FIRST_REPOSITORY + len(self.repositories)

    def _add(
        self, name_with_owner: str, source: Source, options: RepositoryOptions | None = None
    ) -> Repository:
        owner, _, name = name_with_owner.partition("/")
        heads = list(source.heads())
        moments = [head.created_at for head in heads] or [timestamp(0)]
        facts = RepositoryFacts(
            database_id=source.lists.repository_id,
            owner=owner,
            name=name,
            created_at=min(moments),
            updated_at=max(moments),
            is_private=options is not None and options.is_private,
            is_fork=options is not None and options.is_fork,
            is_archived=options is not None and options.is_archived,
            open_issues=len(moments) // 10,
        )
        repository = Repository(facts, source, heads)
        self.repositories[facts.database_id] = repository
        self._ids_by_name[name_with_owner.lower()] = facts.database_id
        return repository
