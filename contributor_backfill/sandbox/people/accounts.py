"""The people and machines of the sandbox's world."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from contributor_backfill.sandbox.world import ids, node_ids

_PREFIXES = {
    "User": "U",
    "Bot": "BOT",
    "Mannequin": "M",
    "Organization": "O",
    "EnterpriseUserAccount": "EUA",
}

NOBODY = 0
"""The id of no account: REST shows null where it stands, and the ghost for a deleted account."""


@dataclass(frozen=True, slots=True)
class Account:
    """An actor. `kind` is GitHub's type name; a bot's login has no `[bot]` in GraphQL.

    `rest_login` is set for the few that REST calls differently; there two may bear one login.
    """

    kind: str
    account_id: int
    login: str
    name: str | None
    created_at: str
    rest_login: str | None = None

    @property
    def database_id(self) -> int | None:
        """Return the database id, which an enterprise user account does not have of its own."""
        return None if self.kind == "EnterpriseUserAccount" else self.account_id

    @property
    def node_id(self) -> str:
        """Return the global node id."""
        return node_ids.encode(_PREFIXES[self.kind], self.account_id)

    @property
    def avatar_url(self) -> str:
        """Return the address of the picture."""
        folder = "in" if self.kind == "Bot" else "u"
        return f"https://avatars.githubusercontent.com/{folder}/{self.account_id}?v=4"

    @property
    def resource_path(self) -> str:
        """Return the path of the page on GitHub."""
        return f"/apps/{self.login}" if self.kind == "Bot" else f"/{self.login}"

    @property
    def url(self) -> str:
        """Return the address of the page on GitHub."""
        return f"https://github.com{self.resource_path}"

    @property
    def user(self) -> "Account | None":
        """Return the user behind an enterprise user account."""
        return replace(self, kind="User") if self.kind == "EnterpriseUserAccount" else None


VIEWER = Account(
    "User", ids.FIRST_ACCOUNT, "sandbox-viewer", "Sandbox Viewer", "2020-01-01T00:00:00Z"
)
"""The account every token belongs to. It takes part in nothing but what is written over HTTP."""


class Accounts:
    """All accounts by their id. Logins need not be unique: a mannequin may carry a user's."""

    def __init__(self) -> None:
        self._accounts: dict[int, Account] = {}
        self._highest_id = VIEWER.account_id

    def __iter__(self) -> Iterator[Account]:
        return iter(self._accounts.values())

    def __getitem__(self, account_id: int) -> Account:
        return self._accounts[account_id]

    def get(self, account_id: int | None) -> Account | None:
        """Return the account, or None for one that was deleted."""
        return None if account_id is None else self._accounts.get(account_id)

    def put(self, account: Account) -> None:
        """Add an account or replace the one of the same id."""
        self._accounts[account.account_id] = account
        self._highest_id = max(self._highest_id, account.account_id)

    def delete(self, account_id: int) -> None:
        """Delete an account: everything it wrote stays, without an author."""
        self._accounts.pop(account_id, None)

    def user(self, login: str) -> Account | None:
        """Return the user with that login, in any spelling of it."""
        wanted = login.lower()
        return next((a for a in self if a.kind == "User" and a.login.lower() == wanted), None)

    def new_id(self) -> int:
        """Return an id above all others."""
        return self._highest_id + 1
