"""Comments on issues, issues that are switched off, and what others write."""

from typing import Any

import pytest

from contributor_backfill.domain.errors import BackfillError
from tests.sandbox.client import REPOSITORY, SITE, Client
from tests.sandbox.site import ISSUES, open_issue


def test_comments_are_listed_oldest_first(site: Client) -> None:
    path = f"{ISSUES}/{open_issue(site)['number']}"
    for body in ("one", "two", "three"):
        assert site.post(f"{path}/comments", {"body": body}).status_code == 201

    page = site.get(f"{path}/comments", per_page=2)

    assert [comment["body"] for comment in page.json()] == ["one", "two"]
    assert [comment["body"] for comment in site.get(page.links["next"]["url"]).json()] == ["three"]
    assert site.get(path).json()["comments"] == 3
    (issue,) = site.sandbox.issues(SITE)
    assert [comment["body"] for comment in issue["comments"]] == ["one", "two", "three"]
    assert site.control("GET", f"issues?repository={SITE}").json() == [issue]


def test_the_conversation_of_a_pull_request_is_read_and_written_as_an_issues(site: Client) -> None:
    line = next(line for line in site.sandbox.export(REPOSITORY) if line["comments"])
    path = f"/repos/{REPOSITORY}/issues/{line['number']}/comments"
    before = site.get(path, per_page=100).json()

    added = site.post(path, {"body": "One more."})

    assert [comment["id"] for comment in before] == [
        e["full_database_id"] for e in line["comments"]
    ]
    assert added.status_code == 201
    assert f"/pull/{line['number']}#issuecomment-" in added.json()["html_url"]
    assert site.get(path, per_page=100).json()[-1]["body"] == "One more."


def test_issues_that_are_switched_off_are_410(site: Client) -> None:
    path = f"{ISSUES}/{open_issue(site)['number']}"
    site.sandbox.change("enable_issues", repository=SITE, enabled=False)

    responses = [
        site.post(ISSUES, {"title": "x"}),
        site.get(path),
        site.send("PATCH", path, {"title": "x"}),
        site.get(f"{path}/comments"),
        site.post(f"{path}/comments", {"body": "x"}),
    ]

    assert [response.status_code for response in responses] == [410] * 5
    assert responses[0].json()["message"] == "Issues are disabled for this repo"
    assert site.get(ISSUES, state="all").json() == []
    assert site.get(f"/repos/{SITE}").json()["has_issues"] is False


def test_pull_requests_stay_where_issues_are_switched_off(site: Client) -> None:
    site.sandbox.change("enable_issues", repository=REPOSITORY, enabled=False)
    number = next(iter(site.sandbox.export(REPOSITORY)))["number"]

    found = site.get(f"/repos/{REPOSITORY}/issues", state="all", per_page=100).json()

    assert found
    assert all("pull_request" in issue for issue in found)
    assert site.get(f"/repos/{REPOSITORY}/issues/{number}").status_code == 200


def test_somebody_else_writes_too(site: Client) -> None:
    number = open_issue(site)["number"]

    site.sandbox.change("add_issue_comment", repository=SITE, number=number, body="Seen.")
    site.sandbox.change("update_issue", repository=SITE, number=number, set={"state": "CLOSED"})

    (issue,) = site.sandbox.issues(SITE)
    assert (issue["state"], issue["author"]) == ("CLOSED", "sandbox-viewer")
    assert issue["comments"][0]["author"] not in (None, "sandbox-viewer")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("add_issue", {}),
        ("add_issue", {"title": "x", "login": "nobody-at-all"}),
        ("update_issue", {"number": 1}),
        ("add_issue_comment", {"number": 1}),
        ("enable_issues", {}),
    ],
)
def test_a_change_that_cannot_be_made_says_why(
    site: Client, name: str, values: dict[str, Any]
) -> None:
    with pytest.raises(BackfillError) as caught:
        site.sandbox.change(name, repository=SITE, **values)

    assert str(caught.value)


@pytest.mark.parametrize("values", [{"state": "LOST"}, {"number": 5}])
def test_nobody_can_set_anything_of_an_issue(site: Client, values: dict[str, Any]) -> None:
    number = open_issue(site)["number"]

    with pytest.raises(BackfillError):
        site.sandbox.change("update_issue", repository=SITE, number=number, set=values)


def test_the_comments_of_a_transferred_issue_name_it_where_it_is_now(site: Client) -> None:
    number = open_issue(site)["number"]
    site.post(f"{ISSUES}/{number}/comments", {"body": "one"})

    moved = site.sandbox.change("transfer_issue", repository=SITE, number=number, to=REPOSITORY)

    issue = site.get(f"/repos/{REPOSITORY}/issues/{moved['number']}").json()
    (comment,) = site.get(issue["comments_url"]).json()
    assert comment["issue_url"] == issue["url"]
