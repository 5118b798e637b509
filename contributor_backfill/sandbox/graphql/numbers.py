"""Resolvers of what a repository has under a number."""

from contributor_backfill.sandbox.graphql.context import Info
from contributor_backfill.sandbox.graphql.graphql_errors import (
    issue_or_pull_request_not_found,
    pull_request_not_found,
)
from contributor_backfill.sandbox.issues.records import Issue
from contributor_backfill.sandbox.pull_requests.records import PullRequest
from contributor_backfill.sandbox.repositories.records import Repository


def pull_request(repository: Repository, info: Info, number: int) -> PullRequest:
    """Return the pull request of a number."""
    found = repository.pull_request(number)
    if found is None:
        raise pull_request_not_found(number)
    info.context.work.numbers.append(number)
    return found


def issue_or_pull_request(repository: Repository, info: Info, number: int) -> Issue | PullRequest:
    """Return whatever has that number."""
    found = repository.issue(number)
    if found is not None:
        info.context.work.nodes += 1
        return found
    if repository.pull_request(number) is None:
        raise issue_or_pull_request_not_found(number)
    return pull_request(repository, info, number)


def issue_url(issue: Issue, info: Info) -> str:
    """Return the address of an issue."""
    facts = info.context.world.repositories[issue.repository_id].facts
    return f"https://github.com/{facts.name_with_owner}/issues/{issue.number}"
