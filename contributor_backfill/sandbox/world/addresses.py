"""Where things are on github.com: addresses carry a repository's present name."""

from contributor_backfill.sandbox.pull_requests.items import IssueComment, Review, ReviewComment
from contributor_backfill.sandbox.pull_requests.records import PullRequest, RepositoryFacts


def pull_request_path(facts: RepositoryFacts, number: int) -> str:
    """Return the path of a pull request."""
    return f"/{facts.name_with_owner}/pull/{number}"


def item_url(
    facts: RepositoryFacts, item: PullRequest | Review | IssueComment | ReviewComment
) -> str:
    """Return the address of a pull request or of something on its page."""
    page = f"https://github.com{pull_request_path(facts, item.number)}"
    match item:
        case Review():
            return f"{page}#pullrequestreview-{item.database_id}"
        case IssueComment():
            return f"{page}#issuecomment-{item.database_id}"
        case ReviewComment():
            return f"{page}#discussion_r{item.database_id}"
        case _:
            return page
