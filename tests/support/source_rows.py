"""The rows that a database should hold, made from the sandbox's own export.

The expectations are written out here a second time, on purpose: the checker must not share the
code that it checks.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Any

Json = dict[str, Any]
Rows = dict[Any, Json]
GHOST_ID = 10137
NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")
PAGE = 100


class Source:
    """The rows of an export: of everything, or of what one page of each pull request holds."""

    def __init__(self, truth: list[Json], *, whole: bool) -> None:
        self._truth = truth
        self._whole = whole

    def pull_requests(self) -> Rows:
        return {line["full_database_id"]: _pull_request(line) for line in self._truth}

    def reviews(self) -> Rows:
        return {
            review["full_database_id"]: _review(review, line)
            for line in self._truth
            for review in self._part(_submitted(line))
        }

    def comments(self) -> Rows:
        return {
            comment["full_database_id"]: _comment(comment, line)
            for line in self._truth
            for comment in self._part(line["comments"])
        }

    def review_comments(self) -> Rows:
        """Return the comments on the diff, without those whose id a conversation comment has."""
        taken = self.colliding
        return {
            comment["full_database_id"]: _review_comment(comment, line)
            for line in self._truth
            for comment in line["review_comments"]
            if self._whole and comment["full_database_id"] not in taken
        }

    @cached_property
    def colliding(self) -> set[int]:
        """Return the ids that a comment of either kind has."""
        talk = {c["full_database_id"] for line in self._truth for c in line["comments"]}
        return talk & {
            c["full_database_id"] for line in self._truth for c in line["review_comments"]
        }

    def continuations(self) -> Rows:
        return {
            (line["full_database_id"], connection): {}
            for line in self._truth
            for connection, items in (("reviews", _submitted(line)), ("comments", line["comments"]))
            if len(items) > PAGE and not self._whole
        }

    def totals(self) -> Rows:
        return {line["full_database_id"]: self._totals(line) for line in self._truth}

    def contributors(self) -> Rows:
        people: Rows = {}
        for account in self._accounts():
            is_bot = bool(account and account["kind"] == "Bot")
            people[account_id(account)] = {"username": login_of(account), "is_bot": is_bot}
        return people

    def mannequins(self) -> set[int]:
        return {account_id(a) for a in self._accounts() if a and a["kind"] == "Mannequin"}

    def _part(self, items: list[Json]) -> list[Json]:
        return items if self._whole else items[:PAGE]

    def _totals(self, line: Json) -> Json:
        reviews, comments = _submitted(line), line["comments"]
        inline = line["review_comments"]
        stored = sum(c["full_database_id"] not in self.colliding for c in inline)
        return {
            "reviews_total": len(reviews),
            "reviews_stored": len(self._part(reviews)),
            "comments_total": len(comments),
            "comments_stored": len(self._part(comments)),
            "review_comments_total": len(inline),
            "review_comments_stored": stored if self._whole else 0,
            "assignees_total": len(line["assignees"]),
            "node_id": line["node_id"],
            "missing_fields": [],
        }

    def _accounts(self) -> Iterator[Json | None]:
        for line in self._truth:
            yield line["author"]
            if line["merged"]:
                yield line["merged_by"]
            yield from line["assignees"][:1]
            inline = line["review_comments"] if self._whole else []
            items = [*self._part(_submitted(line)), *self._part(line["comments"]), *inline]
            yield from (item["author"] for item in items)


def account_id(account: Json | None) -> int:
    if account is None:
        return GHOST_ID
    return account["database_id"] or account["user_database_id"] or GHOST_ID


def login_of(account: Json | None) -> str:
    if account is None or account_id(account) == GHOST_ID:
        return "ghost"
    return f"{account['login']}[bot]" if account["kind"] == "Bot" else str(account["login"])


def _submitted(line: Json) -> list[Json]:
    return [review for review in line["reviews"] if review["state"] != "PENDING"]


def _pull_request(line: Json) -> Json:
    merger = line["merged_by"]
    return {
        "number": line["number"],
        "title": _storable(line["title"]),
        "body": _storable(line["body"]),
        "state": line["state"].lower(),
        "draft": line["is_draft"],
        "merged": line["merged"],
        "base_branch": line["base_ref_name"],
        "head_branch": line["head_ref_name"],
        "base_ref": line["base_ref_name"],
        "head_ref": line["head_ref_name"],
        "created_at": _moment(line["created_at"]),
        "updated_at": _moment(line["updated_at"]),
        "closed_at": _moment(line["closed_at"]),
        "merged_at": _moment(line["merged_at"]),
        "additions": line["additions"],
        "deletions": line["deletions"],
        "changed_files": line["changed_files"],
        "commits": line["commits"],
        # Not asked for.
        "mergeable": None,
        "mergeable_state": None,
        "html_url": line["url"],
        "diff_url": f"{line['url']}.diff",
        "patch_url": f"{line['url']}.patch",
        "repository_full_name": line["repository"]["name_with_owner"],
        "repository_github_id": line["repository"]["database_id"],
        "author": account_id(line["author"]),
        "author_github_id": account_id(line["author"]),
        "author_login": login_of(line["author"]),
        "merged_by": account_id(merger) if line["merged"] else None,
        "assignee": account_id(line["assignees"][0]) if line["assignees"] else None,
    }


def _review(review: Json, line: Json) -> Json:
    return {
        "pull_request": line["full_database_id"],
        "reviewer": account_id(review["author"]),
        "author": account_id(review["author"]),
        "state": review["state"],
        "body": _storable(review["body"]),
        "submitted_at": _moment(review["submitted_at"]),
        "commit_id": review["commit_oid"],
    }


def _comment(comment: Json, line: Json) -> Json:
    return {
        "pull_request": line["full_database_id"],
        "commenter": account_id(comment["author"]),
        "body": _storable(comment["body"]),
        "created_at": _moment(comment["created_at"]),
        "updated_at": _moment(comment["updated_at"]),
        "comment_type": "issue_comment",
        "in_reply_to": None,
    }


def _review_comment(comment: Json, line: Json) -> Json:
    return {
        **_comment(comment, line),
        "comment_type": "review_comment",
        "path": comment["path"],
        "position": comment["position"],
        "original_position": comment["original_position"],
        "diff_hunk": _storable(comment["diff_hunk"]),
        "commit_id": comment["commit_oid"],
        "original_commit_id": comment["original_commit_oid"],
        "in_reply_to": comment["reply_to_full_database_id"],
    }


def _storable(text: str) -> str:
    return NOT_STORABLE.sub("", text)


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
