"""What is left of the hour, from the one endpoint that costs nothing."""

from datetime import UTC, datetime

from contributor_backfill.domain.types import RateLimit
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.faults import Gone
from contributor_backfill.github.pages import of_the_queried_shape


def graphql_quota(client: GitHubClient) -> RateLimit | None:
    """Return the GraphQL quota, or None where GitHub Enterprise Server has limits switched off."""
    try:
        answer = client.get("/rate_limit")
    except Gone:
        return None
    with of_the_queried_shape():
        quota = answer.document["resources"]["graphql"]
        reset = datetime.fromtimestamp(int(quota["reset"]), UTC)
        return RateLimit(int(quota["limit"]), int(quota["remaining"]), reset)
