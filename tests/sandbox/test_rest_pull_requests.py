"""REST's list of pull requests, which a sync asks before anything else, and its tag."""

from typing import Any

import pytest

from tests.sandbox.client import REPOSITORY, Client

PATH = f"/repos/{REPOSITORY}/pulls"
NEWEST: dict[str, Any] = {"state": "all", "sort": "updated", "direction": "desc", "per_page": 1}


@pytest.mark.parametrize(("sort", "field"), [("updated", "updated_at"), ("created", "created_at")])
def test_it_is_ordered_as_asked_and_links_to_its_next_page(
    client: Client, sort: str, field: str
) -> None:
    export = client.sandbox.export(REPOSITORY)
    moments = sorted((line[field] for line in export), reverse=True)

    first = client.get(PATH, state="all", sort=sort, direction="desc", per_page=7)
    second = client.get(PATH, state="all", sort=sort, direction="desc", per_page=7, page=2)
    oldest = client.get(PATH, state="all", sort=sort, direction="asc", per_page=1).json()

    assert [pull_request[field] for pull_request in first.json() + second.json()] == moments[:14]
    assert 'rel="next"' in first.headers["link"]
    assert oldest[0][field] == moments[-1]


def test_without_a_state_only_what_is_open_is_listed(client: Client) -> None:
    found = client.get(PATH, per_page=100).json()

    truth = [line for line in client.sandbox.export(REPOSITORY) if line["state"] == "OPEN"]
    assert (
        {pull_request["number"] for pull_request in found}
        == {line["number"] for line in truth}
        != set()
    )


def test_the_tag_is_the_tokens_own_and_changes_with_any_change(client: Client) -> None:
    tag = client.get(PATH, **NEWEST).headers["etag"]
    again = client.get(PATH, headers={"if-none-match": tag}, **NEWEST)
    mine = client.session.headers["Authorization"]
    client.session.headers["Authorization"] = "bearer another"
    others = client.get(PATH, headers={"if-none-match": tag}, **NEWEST)
    client.session.headers["Authorization"] = mine
    number = min(line["number"] for line in client.sandbox.export(REPOSITORY))
    client.sandbox.change("add_comment", repository=REPOSITORY, number=number)
    changed = client.get(PATH, headers={"if-none-match": tag}, **NEWEST)

    assert tag.startswith('W/"')
    assert (again.status_code, others.status_code, changed.status_code) == (304, 200, 200)
    assert changed.json()[0]["number"] == number
    assert client.sandbox.counters()["not_modified"] == 1
