"""The people and machines of the sandbox's world, and how a repository's are invented."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from contributor_backfill.sandbox.clock import timestamp
from contributor_backfill.sandbox.ids import FIRST_ACCOUNT, node_id_of
from contributor_backfill.sandbox.invention.randomness import stream

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
        return node_id_of(_PREFIXES[self.kind], self.account_id)

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


VIEWER = Account("User", FIRST_ACCOUNT, "sandbox-viewer", "Sandbox Viewer", "2020-01-01T00:00:00Z")
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


_FIRST_NAMES = [
    "ada",
    "alan",
    "barbara",
    "chen",
    "dijkstra",
    "edith",
    "fei",
    "grace",
    "hedy",
    "ivan",
    "joan",
    "ken",
    "linus",
    "mary",
]
_BOTS = ("dependabot", "renovate", "github-actions")
_OLDEST_ACCOUNT = 1_230_768_000  # 2009-01-01
_ACCOUNT_YEARS = 10 * 365 * 86_400


@dataclass(frozen=True, slots=True)
class People:
    """The ids of those who take part, one of every rarer kind among them."""

    users: tuple[int, ...]
    bots: tuple[int, ...]
    mannequin: int
    organization: int
    enterprise_user: int
    deleted_share: float

    def author(self, random: Random) -> int | None:
        """Return who opens a pull request: one in twelve is a bot, None is a deleted account."""
        if random.random() < 1 / 12:
            return self.bots[int(random.random() * len(self.bots))]
        return self.person(random)

    def person(self, random: Random) -> int | None:
        """Return somebody who reviews or comments; None is a deleted account."""
        if random.random() < self.deleted_share:
            return None
        return self.user(random)

    def user(self, random: Random) -> int:
        """Return a user; the first of them far more often than the last."""
        return self.users[int(len(self.users) * random.random() ** 3)]


def invite(accounts: Accounts, *, seed: int, count: int, odd: bool) -> People:
    """Return `count` users, three bots and one of every rarer kind, and add them to `accounts`.

    With `odd`, one contribution in fifty is by a deleted account.
    """
    random = stream(seed, 11)
    users = tuple(_user(accounts, random) for _ in range(count))
    return People(
        users=users,
        bots=tuple(_bot(accounts, login, random) for login in _BOTS),
        # A mannequin stands for an imported person and often has the login of a real user.
        mannequin=_add(accounts, "Mannequin", accounts[users[0]].login, random),
        organization=_add(accounts, "Organization", f"guild-{_count(accounts)}", random),
        enterprise_user=_add(
            accounts, "EnterpriseUserAccount", f"ada_corp-{_count(accounts)}", random
        ),
        deleted_share=0.02 if odd else 0.0,
    )


def _user(accounts: Accounts, random: Random) -> int:
    first = _FIRST_NAMES[int(random.random() * len(_FIRST_NAMES))]
    return _add(accounts, "User", f"{first}-{_count(accounts)}", random)


def _count(accounts: Accounts) -> int:
    """Return which account the next one is: the part of a login that makes it unique."""
    return accounts.new_id() - FIRST_ACCOUNT


# The same machines work everywhere: a second repository does not invite them again.
def _bot(accounts: Accounts, login: str, random: Random) -> int:
    known = (a.account_id for a in accounts if a.kind == "Bot" and a.login == login)
    found = next(known, None)
    return _add(accounts, "Bot", login, random) if found is None else found


def _add(accounts: Accounts, kind: str, login: str, random: Random) -> int:
    name = None if random.random() < 0.3 else login.split("-", maxsplit=1)[0].title()
    made = timestamp(_OLDEST_ACCOUNT + random.random() * _ACCOUNT_YEARS)
    account = Account(kind, accounts.new_id(), login, name, made)
    accounts.put(account)
    return account.account_id
