"""Whoever writes on GitHub, from GraphQL and from REST.

A null author is a deleted account, which is GitHub's own ghost user.
"""

from typing import Any

from contributor_backfill.domain.records import GHOST, Account
from contributor_backfill.github.readable import needed, whole
from contributor_backfill.github.texts import clean

Node = dict[str, Any]


def account(node: Node | None) -> Account:
    """Return the account of an actor, the ghost for a deleted one.

    A bot is named as everywhere else on GitHub, `name[bot]`: GraphQL leaves the suffix off, and a
    user may bear the bare name. An enterprise's account has the id of the user behind it.
    """
    if not node:
        return GHOST
    kind = str(node.get("__typename"))
    github_id = node.get("databaseId") or (node.get("user") or {}).get("databaseId")
    if not github_id:
        return GHOST
    login = str(needed(node, "login"))
    if kind == "Bot" and not login.endswith("[bot]"):
        login += "[bot]"
    return Account(
        github_id=int(github_id),
        username=login,
        account_type=kind,
        display_name=clean(node.get("name")),
        avatar_url=node.get("avatarUrl"),
        profile_url=node.get("url"),
        is_bot=kind == "Bot" or login.endswith("[bot]"),
        github_created_at=node.get("createdAt"),
    )


def rest_account(user: Node | None) -> Account:
    """Return the account of a REST user, which says less than GraphQL does."""
    if not user or user.get("id") in {None, GHOST.github_id}:
        return GHOST
    login, kind = str(needed(user, "login")), str(user.get("type") or "User")
    return Account(
        github_id=whole(user, "id"),
        username=login,
        account_type=kind,
        avatar_url=user.get("avatar_url"),
        profile_url=user.get("html_url"),
        is_bot=kind == "Bot" or login.endswith("[bot]"),
        is_brief=True,
    )
