"""Who takes part in an invented repository: a few do most of the work, as everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from contributor_backfill.sandbox.invention.randomness import stream
from contributor_backfill.sandbox.people.accounts import Account, Accounts
from contributor_backfill.sandbox.world import ids, timestamps

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
    """The ids of those who take part. `others` are of the rarer kinds, by GitHub's type name."""

    users: Sequence[int]
    bots: Sequence[int]
    others: dict[str, int]
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
    users = [_user(accounts, random) for _ in range(count)]
    bots = [_bot(accounts, login, random) for login in _BOTS]
    others = {
        # A mannequin stands for an imported person and often has the login of a real user.
        "Mannequin": _add(accounts, "Mannequin", accounts[users[0]].login, random),
        "Organization": _add(accounts, "Organization", f"guild-{_count(accounts)}", random),
        "EnterpriseUserAccount": _add(
            accounts, "EnterpriseUserAccount", f"ada_corp-{_count(accounts)}", random
        ),
    }
    return People(users, bots, others, deleted_share=0.02 if odd else 0.0)


def _user(accounts: Accounts, random: Random) -> int:
    first = _FIRST_NAMES[int(random.random() * len(_FIRST_NAMES))]
    return _add(accounts, "User", f"{first}-{_count(accounts)}", random)


def _count(accounts: Accounts) -> int:
    """Return which account the next one is: the part of a login that makes it unique."""
    return accounts.new_id() - ids.FIRST_ACCOUNT


def _bot(accounts: Accounts, login: str, random: Random) -> int:
    known = (a.account_id for a in accounts if a.kind == "Bot" and a.login == login)
    found = next(known, None)
    return _add(accounts, "Bot", login, random) if found is None else found


def _add(accounts: Accounts, kind: str, login: str, random: Random) -> int:
    name = None if random.random() < 0.3 else login.split("-", maxsplit=1)[0].title()
    made = timestamps.to_text(_OLDEST_ACCOUNT + random.random() * _ACCOUNT_YEARS)
    account = Account(kind, accounts.new_id(), login, name, made)
    accounts.put(account)
    return account.account_id
