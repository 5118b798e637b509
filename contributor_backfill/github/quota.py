"""What is left of the hour, from the one endpoint that costs nothing."""

from datetime import UTC, datetime

from contributor_backfill.domain.types import RateLimit
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.faults import Gone
from contributor_backfill.github.pull_requests import of_the_queried_shape


def graphql_quota(client: GitHubClient) -> RateLimit | None:
    """Return the GraphQL quota, or None where GitHub Enterprise Server has limits switched off."""
    try:
        return _quota(client, "graphql")
    except Gone:
        return None


def rest_quota(client: GitHubClient) -> RateLimit | None:
    """Return REST's quota, or None where GitHub Enterprise Server has limits switched off.

    Raises `Gone` where the address is not GitHub's API.
    """
    try:
        return _quota(client, "core")
    except Gone as gone:
        if "not enabled" in gone.message:
            return None
        raise


def _quota(client: GitHubClient, resource: str) -> RateLimit:
    """Add up the quotas of all tokens; they are whole again when the last of them is."""
    answers = client.quotas()
    with of_the_queried_shape():
        quotas = [answer.document["resources"][resource] for answer in answers]
        return RateLimit(
            sum(int(quota["limit"]) for quota in quotas),
            sum(int(quota["remaining"]) for quota in quotas),
            max(datetime.fromtimestamp(int(quota["reset"]), UTC) for quota in quotas),
        )
