"""Issues over GitHub's REST API: found by a hidden line, opened, commented on, closed, reopened.

Each function sends its request once. Whoever knows whether it came through may repeat it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from contributor_backfill.domain.redaction import redacted, redacted_document
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.faults import Gone, Unusable
from contributor_backfill.github.http import expected_shape

Parameters = Mapping[str, str | int]
PER_PAGE = 100
MOST_PAGES = 20
"""No more than 2,000 issues or comments are looked through."""
OURS = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
"""Whose issues and comments count as ours: a stranger can copy a hidden line."""


def find_issue(
    client: GitHubClient, repository: str, marker: str, label: str, since: datetime
) -> int | None:
    """Return the number of an open issue whose first line is `marker`, or None.

    Those with the label are looked through, and all that were created after `since`: a token that
    may not label opens issues without.
    """
    labelled: Parameters = {"state": "open", "labels": label, "per_page": PER_PAGE}
    newest: Parameters = {
        "state": "open",
        "sort": "created",
        "direction": "desc",
        "per_page": PER_PAGE,
    }
    return _find(client, repository, marker, labelled, None) or _find(
        client, repository, marker, newest, since
    )


def open_issue(
    client: GitHubClient, repository: str, title: str, body: str, labels: Iterable[str]
) -> int:
    """Open an issue and return its number."""
    document = {"title": title, "body": body, "labels": list(labels)}
    response = client.write("POST", f"/repos/{repository}/issues", redacted_document(document))
    with expected_shape():
        return int(response.document["number"])


def is_locked(client: GitHubClient, repository: str, number: int) -> bool:
    """Tell whether an issue is locked. Raises `Gone` where it was deleted or is elsewhere now.

    GitHub leads from a transferred issue to the repository where it is, which is not ours to write
    in; from a renamed repository to its new name.
    """
    issue = client.get(f"/repos/{repository}/issues/{number}").document
    with expected_shape():
        full_name = issue["repository_url"].rpartition("/repos/")[2]
        is_here = int(issue["number"]) == number
        locked = bool(issue["locked"])
    if is_here and full_name.lower() != repository.lower():
        # Renamed or transferred: only the repository itself tells.
        present = client.get(f"/repos/{repository}").document
        with expected_shape():
            is_here = full_name.lower() == present["full_name"].lower()
    if not is_here:
        raise Gone(f"Issue #{number} of {repository} was transferred to {full_name}.")
    return locked


def has_comment(
    client: GitHubClient, repository: str, number: int, marker: str, since: datetime
) -> bool:
    """Tell whether an issue has a comment from after `since` whose first line is `marker`."""
    path = f"/repos/{repository}/issues/{number}/comments"
    parameters: Parameters = {"since": _moment(since), "per_page": PER_PAGE}
    for response in client.pages(path, parameters, MOST_PAGES):
        with expected_shape():
            if any(_is_ours(comment, marker) for comment in response.document):
                return True
    return False


def add_comment(client: GitHubClient, repository: str, number: int, body: str) -> None:
    """Comment on an issue."""
    path = f"/repos/{repository}/issues/{number}/comments"
    response = client.write("POST", path, {"body": redacted(body)})
    with expected_shape():
        int(response.document["id"])


def set_issue_state(client: GitHubClient, repository: str, number: int, *, is_open: bool) -> None:
    """Open an issue again, or close it; safe to repeat."""
    state = {"state": "open"} if is_open else {"state": "closed", "state_reason": "completed"}
    client.write("PATCH", f"/repos/{repository}/issues/{number}", state)


def make_label(client: GitHubClient, repository: str, name: str, description: str) -> None:
    """Make a label unless it is there."""
    document = {"name": name, "color": "d93f0b", "description": description}
    try:
        client.write("POST", f"/repos/{repository}/labels", document)
    except Unusable as error:
        # 422 is GitHub's refusal of a label that is there already.
        if "422" not in error.message:
            raise


def check_issues(client: GitHubClient, repository: str) -> None:
    """Raise the fault that keeps the token from the repository's issues, if there is one."""
    client.get(f"/repos/{repository}/issues", {"per_page": 1})


def _find(
    client: GitHubClient,
    repository: str,
    marker: str,
    parameters: Parameters,
    since: datetime | None,
) -> int | None:
    for response in client.pages(f"/repos/{repository}/issues", parameters, MOST_PAGES):
        with expected_shape():
            for issue in response.document:
                # REST lists pull requests among the issues.
                if "pull_request" not in issue and _is_ours(issue, marker):
                    return int(issue["number"])
            oldest = response.document[-1]["created_at"] if response.document else None
            if oldest and since and datetime.fromisoformat(oldest) < since:
                return None
    return None


def _is_ours(written: Mapping[str, Any], marker: str) -> bool:
    """Tell whether an issue or comment begins with a marker, and no stranger wrote it."""
    first_line = (written["body"] or "").partition("\n")[0].strip()
    is_bot = (written.get("user") or {}).get("type") == "Bot"
    return first_line == marker and (is_bot or written.get("author_association") in OURS)


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
