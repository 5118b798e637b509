"""Issues over REST."""

from typing import Any

import pytest

from tests.sandbox.client import REPOSITORY, SITE, Client
from tests.sandbox.site import ISSUES, open_issue


def numbers(client: Client, **parameters: Any) -> list[int]:
    return [issue["number"] for issue in client.get(ISSUES, **parameters).json()]


def test_an_issue_is_opened_and_found_again(site: Client) -> None:
    issue = open_issue(site, body="It is late.", labels=["bug", "alert"])

    assert site.get(issue["url"]).json() == issue
    assert (issue["number"], issue["title"], issue["state"]) == (1, "Alert", "open")
    assert (issue["body"], issue["comments"]) == ("It is late.", 0)
    assert issue["created_at"] == issue["updated_at"] == "2026-01-31T08:00:00Z"
    assert issue["user"]["login"] == "sandbox-viewer"
    assert [label["name"] for label in issue["labels"]] == ["bug", "alert"]
    assert issue["html_url"] == f"https://github.com/{SITE}/issues/1"
    assert "pull_request" not in issue
    assert numbers(site) == [1]


def test_issues_and_pull_requests_share_their_numbers(site: Client) -> None:
    def count() -> int:
        issue: dict[str, Any] = site.post(f"/repos/{REPOSITORY}/issues", {"title": "x"}).json()
        number: int = issue["number"]
        return number

    highest = next(iter(site.sandbox.export(REPOSITORY)))["number"]

    first = count()
    opened = site.sandbox.change("insert_pull_request", repository=REPOSITORY)["number"]

    assert [first, opened, count()] == [highest + 1, highest + 2, highest + 3]
    text = """query($number: Int!) { repository(owner: "octo-sandbox", name: "rehearsal") {
        issueOrPullRequest(number: $number) { __typename ... on Issue { id title state } } } }"""
    issue = site.get(f"/repos/{REPOSITORY}/issues/{first}").json()
    assert site.data(text, number=first)["repository"]["issueOrPullRequest"] == {
        "__typename": "Issue",
        "id": issue["node_id"],
        "title": "x",
        "state": "OPEN",
    }


def test_lists_are_filtered_by_state_labels_and_creator(site: Client) -> None:
    both = open_issue(site, labels=["bug", "alert"])["number"]
    bug = open_issue(site, labels=["bug"])["number"]
    closed = open_issue(site)["number"]
    site.send("PATCH", f"{ISSUES}/{closed}", {"state": "closed"})
    foreign = site.sandbox.change("add_issue", repository=SITE, title="Hi", labels=["Bug"])
    login = site.get(f"{ISSUES}/{foreign['number']}").json()["user"]["login"]

    assert numbers(site) == [foreign["number"], bug, both]
    assert numbers(site, state="closed") == [closed]
    assert numbers(site, state="all") == [foreign["number"], closed, bug, both]
    assert numbers(site, labels="bug,ALERT") == [both]
    assert numbers(site, labels="bug") == [foreign["number"], bug, both]
    assert numbers(site, creator="sandbox-viewer") == [bug, both]
    assert numbers(site, creator=login) == [foreign["number"]]


def test_lists_come_in_pages(site: Client) -> None:
    for _ in range(5):
        open_issue(site)

    page = site.get(ISSUES, per_page=2, page=2)

    assert [issue["number"] for issue in page.json()] == [3, 2]
    assert [issue["number"] for issue in site.get(page.links["next"]["url"]).json()] == [1]


def test_pull_requests_are_among_the_issues_with_a_key_of_their_own(site: Client) -> None:
    lines = list(site.sandbox.export(REPOSITORY))
    path = f"/repos/{REPOSITORY}/issues"

    found = site.get(path, state="all", per_page=100).json()

    pull_requests = [issue["number"] for issue in found if "pull_request" in issue]
    assert pull_requests == [line["number"] for line in lines]
    last = range(1, lines[0]["number"] + 1)
    assert sorted(issue["number"] for issue in found) == list(last)
    opened = {issue["number"] for issue in site.get(path, per_page=100).json()}
    assert {n for n in pull_requests if n in opened} == {
        line["number"] for line in lines if line["state"] == "OPEN"
    }


def test_an_issue_is_closed_and_opened_again(site: Client) -> None:
    path = f"{ISSUES}/{open_issue(site)['number']}"
    site.sandbox.clock.advance(60)

    closed = site.send("PATCH", path, {"state": "closed"}).json()
    reopened = site.send("PATCH", path, {"state": "open"}).json()

    assert (closed["state"], closed["state_reason"]) == ("closed", "completed")
    assert closed["closed_at"] == closed["updated_at"] == "2026-01-31T08:01:00Z"
    assert (reopened["state"], reopened["state_reason"]) == ("open", "reopened")
    assert reopened["closed_at"] is None


def test_an_issue_is_edited(site: Client) -> None:
    path = f"{ISSUES}/{open_issue(site, labels=['bug'])['number']}"

    response = site.send("PATCH", path, {"title": "New", "body": None, "labels": [{"name": "x"}]})

    issue = response.json()
    assert response.status_code == 200
    assert (issue["title"], issue["body"]) == ("New", None)
    assert [label["name"] for label in issue["labels"]] == ["x"]
    assert site.get(path).json() == issue


def test_a_write_is_never_answered_with_304(site: Client) -> None:
    path = f"{ISSUES}/{open_issue(site)['number']}"
    tag = site.get(path).headers["etag"]

    response = site.send("PATCH", path, {"title": "Alert"}, **{"if-none-match": tag})

    assert response.status_code == 200


@pytest.mark.parametrize(
    ("method", "below", "document", "field"),
    [
        ("POST", "", {}, "title"),
        ("POST", "", {"title": " "}, "title"),
        ("POST", "", {"title": "x" * 257}, "title"),
        ("POST", "", {"title": "x", "body": "x" * 65_537}, "body"),
        ("POST", "", {"title": "x", "labels": "bug"}, "labels"),
        ("POST", "", {"title": "x", "labels": [5]}, "labels"),
        ("POST", "/1/comments", {}, "body"),
        ("PATCH", "/1", {"state": "done"}, "state"),
        ("PATCH", "/1", {"state_reason": "boredom"}, "state_reason"),
        ("PATCH", "/1", {"title": 5}, "title"),
    ],
)
def test_what_cannot_be_written_is_422_and_changes_nothing(
    site: Client, method: str, below: str, document: dict[str, Any], field: str
) -> None:
    before = open_issue(site)

    response = site.send(method, ISSUES + below, document)

    assert response.status_code == 422
    assert response.json()["message"] == "Validation Failed"
    assert response.json()["errors"][0]["field"] == field
    assert site.get(ISSUES, state="all").json() == [before]


@pytest.mark.parametrize("below", ["/9", "/9/comments", "/0"])
def test_what_is_not_there_is_404(site: Client, below: str) -> None:
    assert site.get(ISSUES + below).status_code == 404
