"""REST's documents of pull requests, comments on the diff and people, in GitHub's shapes."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from contributor_backfill.sandbox.people.accounts import NOBODY, VIEWER, Account
from contributor_backfill.sandbox.pull_requests.items import IssueComment, Review, ReviewComment
from contributor_backfill.sandbox.pull_requests.records import PullRequest
from contributor_backfill.sandbox.repositories.records import Repository
from contributor_backfill.sandbox.world import addresses
from contributor_backfill.sandbox.world.world import World

Document = dict[str, Any]

GHOST = Account("User", 10_137, "ghost", None, "2008-05-13T06:14:25Z")
"""Whom REST shows where an account was deleted."""

_ASSOCIATIONS = ("CONTRIBUTOR", "MEMBER", "NONE", "COLLABORATOR")


@dataclass(frozen=True, slots=True)
class RestWriter:
    """Writes what one repository holds. `api` is the address every other one begins with."""

    world: World
    repository: Repository
    api: str

    @property
    def url(self) -> str:
        """Return the address of the repository."""
        return f"{self.api}/repos/{self.repository.facts.name_with_owner}"

    @property
    def html_url(self) -> str:
        """Return the address of the repository's page."""
        return f"https://github.com/{self.repository.facts.name_with_owner}"

    def comment(self, comment: ReviewComment) -> Document:
        """Return the document of a comment on the diff."""
        reply_to = comment.reply_to_id
        url = f"{self.url}/pulls/comments/{comment.database_id}"
        pull_request_url = f"{self.url}/pulls/{comment.number}"
        html_url = addresses.item_url(self.repository.facts, comment)
        return {
            "url": url,
            "pull_request_review_id": comment.review_id,
            "id": comment.database_id,
            "node_id": comment.node_id,
            "diff_hunk": comment.diff_hunk,
            "path": comment.path,
            "commit_id": comment.commit_oid,
            "original_commit_id": comment.original_commit_oid,
            "user": self.user(comment.author_id),
            "body": comment.body,
            "created_at": comment.created_at,
            "updated_at": comment.updated_at,
            "html_url": html_url,
            "pull_request_url": pull_request_url,
            "author_association": association(comment.author_id),
            "_links": {
                "self": {"href": url},
                "html": {"href": html_url},
                "pull_request": {"href": pull_request_url},
            },
            "start_line": None,
            "original_start_line": None,
            "start_side": None,
            "line": comment.line,
            "original_line": comment.original_line,
            "side": "RIGHT",
            "original_position": comment.original_position,
            "position": comment.position,
            "subject_type": "line",
            # GitHub leaves the key out where nothing is answered.
            **({} if reply_to is None else {"in_reply_to_id": reply_to}),
        }

    def review(self, review: Review) -> Document:
        """Return the document of a review."""
        return {
            "id": review.database_id,
            "node_id": review.node_id,
            "user": self.user(review.author_id),
            "body": review.body,
            "state": review.state,
            "submitted_at": review.submitted_at,
            "commit_id": review.commit_oid,
            "pull_request_url": f"{self.url}/pulls/{review.number}",
        }

    def conversation_comment(self, comment: IssueComment) -> Document:
        """Return the document of a comment in a conversation."""
        return {
            "id": comment.database_id,
            "node_id": comment.node_id,
            "user": self.user(comment.author_id),
            "body": comment.body,
            "created_at": comment.created_at,
            "updated_at": comment.updated_at,
            "issue_url": f"{self.url}/issues/{comment.number}",
        }

    def pull_request(self, pull_request: PullRequest) -> Document:
        """Return the document of a pull request."""
        url = f"{self.url}/pulls/{pull_request.number}"
        html_url = addresses.item_url(self.repository.facts, pull_request)
        return {
            "url": url,
            "id": pull_request.database_id,
            "node_id": pull_request.node_id,
            "html_url": html_url,
            "diff_url": f"{html_url}.diff",
            "patch_url": f"{html_url}.patch",
            "number": pull_request.number,
            "state": "closed" if pull_request.closed else "open",
            "locked": False,
            "title": pull_request.title,
            "user": self.user(pull_request.author_id),
            "body": pull_request.body or None,
            "created_at": pull_request.created_at,
            "updated_at": pull_request.updated_at,
            "closed_at": pull_request.closed_at,
            "merged_at": pull_request.merged_at,
            "draft": pull_request.is_draft,
            "head": {"ref": pull_request.head_ref_name, "sha": pull_request.head_ref_oid},
            "base": {"ref": pull_request.base_ref_name, "repo": self.repository_in_short()},
            "labels": [{"name": name} for name in pull_request.labels],
            "assignees": [self.user(each) for each in pull_request.assignee_ids],
            "author_association": association(pull_request.author_id),
            "review_comments_url": f"{url}/comments",
            **self._counts(pull_request),
        }

    def user(self, account_id: int | None) -> Document | None:
        """Return the document of an account; the ghost's for one that was deleted."""
        if account_id == NOBODY:
            return None
        return self.account(self.world.account(account_id) or GHOST)

    def account(self, account: Account) -> Document:
        """Return the document of an account; an enterprise's is its user's."""
        account = account.user or account
        login = account.rest_login or account.login
        if account.kind == "Bot" and not account.rest_login:
            login += "[bot]"
        return {
            "login": login,
            "id": account.database_id,
            "node_id": account.node_id,
            "avatar_url": account.avatar_url,
            "gravatar_id": "",
            "url": f"{self.api}/users/{quote(login)}",
            "html_url": account.url,
            "type": account.kind,
            "user_view_type": "public",
            "site_admin": False,
        }

    def repository_in_short(self) -> Document:
        """Return the document of the repository as it stands in other documents."""
        facts = self.repository.facts
        return {
            "id": facts.database_id,
            "node_id": facts.node_id,
            "name": facts.name,
            "full_name": facts.name_with_owner,
            "private": facts.is_private,
            "owner": self.account(self.repository.owner),
            "html_url": self.html_url,
            "description": f"A rehearsal of {facts.name}.",
            "fork": False,
            "url": self.url,
        }

    def _counts(self, pull_request: PullRequest) -> Document:
        """Return what GitHub says of a single pull request and not in a list."""
        mergeable = {"MERGEABLE": True, "CONFLICTING": False}.get(pull_request.mergeable)
        merged_by = pull_request.merged_by_id
        return {
            "merged": pull_request.merged,
            "mergeable": mergeable,
            "mergeable_state": pull_request.merge_state_status.lower(),
            "merged_by": None if merged_by is None else self.user(merged_by),
            "comments": len(pull_request.comments),
            "review_comments": len(pull_request.review_comments),
            "commits": pull_request.commits,
            "additions": pull_request.additions,
            "deletions": pull_request.deletions,
            "changed_files": pull_request.changed_files,
        }


def association(account_id: int | None) -> str:
    """Return what an author is to the repository. Every token is its owner's."""
    if account_id == VIEWER.account_id:
        return "OWNER"
    return _ASSOCIATIONS[account_id % len(_ASSOCIATIONS)] if account_id else "NONE"
