"""REST's own quota, its tokens and its conditional requests."""

from collections.abc import Callable

import pytest

from contributor_backfill.sandbox import Limits
from tests.sandbox.client import REPOSITORY, Client

PATH = f"/repos/{REPOSITORY}/pulls/comments"


def test_the_quotas_of_rest_and_graphql_are_apart(open_client: Callable[..., Client]) -> None:
    client = open_client(limits=Limits(hourly_points=7, hourly_requests=5))
    client.ask("{ viewer { login } }")

    response = client.get(PATH)

    assert response.headers["x-ratelimit-resource"] == "core"
    assert response.headers["x-ratelimit-limit"] == "5"
    assert response.headers["x-ratelimit-remaining"] == "4"
    assert response.headers["x-ratelimit-used"] == "1"
    assert response.headers["x-ratelimit-reset"] == "1769850000"


def test_what_is_not_there_counts_too(client: Client) -> None:
    client.get(f"/repos/{REPOSITORY}/pulls/999999")

    assert client.get(PATH).headers["x-ratelimit-used"] == "2"
    assert client.sandbox.counters()["rest_requests"] == 2


def test_a_spent_hour_is_403_until_it_is_over(open_client: Callable[..., Client]) -> None:
    client = open_client(limits=Limits(hourly_requests=1))
    client.get(PATH)

    refused = client.get(PATH)
    client.sandbox.clock.advance(3_600)

    assert refused.status_code == 403
    assert refused.headers["x-ratelimit-remaining"] == "0"
    assert refused.json()["message"].startswith("API rate limit exceeded for ")
    assert client.sandbox.counters()["refused"] == 1
    assert client.get(PATH).status_code == 200


def test_the_standing_is_free_to_ask(client: Client) -> None:
    client.get(PATH)
    client.ask("{ viewer { login } }")

    client.get("/rate_limit")
    found = client.get("/api/v3/rate_limit").json()

    assert found["resources"]["core"] == found["rate"]
    assert {name: quota["used"] for name, quota in found["resources"].items()} == {
        "core": 1,
        "graphql": 1,
    }
    assert found["rate"]["remaining"] == 999
    assert found["rate"]["reset"] == 1_769_850_000


@pytest.mark.parametrize("header", ["", "bearer", "bearer expired"])
def test_without_a_good_token_the_response_is_401(
    open_client: Callable[..., Client], header: str
) -> None:
    client = open_client(bad_tokens=frozenset({"expired"}))
    client.session.headers["Authorization"] = header

    response = client.get(PATH)

    assert (response.status_code, response.json()["message"]) == (401, "Bad credentials")


def test_what_the_client_has_already_is_not_sent_and_not_charged(reviewed_client: Client) -> None:
    first = reviewed_client.get(PATH)

    second = reviewed_client.get(PATH, headers={"if-none-match": first.headers["etag"]})

    assert (second.status_code, second.content) == (304, b"")
    assert second.headers["x-ratelimit-used"] == "1"
    assert second.headers["etag"] == first.headers["etag"]
    assert reviewed_client.sandbox.counters()["rest_requests"] == 1


def test_a_changed_page_has_another_tag(reviewed_client: Client) -> None:
    first = reviewed_client.get(PATH)
    truth = next(e for e in reviewed_client.sandbox.export(REPOSITORY) if e["review_comments"])
    reviewed_client.sandbox.change(
        "add_review_comment", repository=REPOSITORY, number=truth["number"]
    )
    last = {"per_page": 100, "sort": "created", "direction": "desc"}

    second = reviewed_client.get(PATH, headers={"if-none-match": first.headers["etag"]}, **last)

    assert second.status_code == 200
    assert second.headers["etag"] != first.headers["etag"]


def test_only_reading_is_known(client: Client) -> None:
    response = client.session.post(client.sandbox.url + PATH, json={}, timeout=120)

    assert response.status_code == 404
