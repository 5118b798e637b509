"""Points, requests a minute, work and tokens: what a client may not exceed."""

from collections.abc import Callable

import pytest

from contributor_backfill.sandbox import Limits, RepositoryOptions, Spending, WorkModel
from tests.sandbox.client import Client

VIEWER = "{ viewer { login } rateLimit { cost limit remaining used resetAt nodeCount } }"


def test_headers_and_body_tell_the_same(client: Client) -> None:
    client.ask(VIEWER)
    response = client.ask(VIEWER)

    told = response.json()["data"]["rateLimit"]
    assert told == {
        "cost": 1,
        "limit": 1_000,
        "remaining": 998,
        "used": 2,
        "resetAt": "2026-01-31T09:00:00Z",
        "nodeCount": 0,
    }
    assert response.headers["x-ratelimit-limit"] == "1000"
    assert response.headers["x-ratelimit-remaining"] == "998"
    assert response.headers["x-ratelimit-used"] == "2"
    assert response.headers["x-ratelimit-reset"] == "1769850000"
    assert response.headers["x-ratelimit-resource"] == "graphql"
    assert response.headers["date"] == "Sat, 31 Jan 2026 08:00:00 GMT"


def test_the_price_of_a_page_is_the_one_it_tells(client: Client) -> None:
    response = client.page(first=40)

    assert response.json()["data"]["rateLimit"]["cost"] == 2
    assert client.sandbox.counters()["points"] == 2


def test_the_last_point_may_be_overspent_and_the_next_query_is_refused(
    open_client: Callable[..., Client],
) -> None:
    client = open_client(limits=Limits(hourly_points=3))

    assert client.page(first=40).headers["x-ratelimit-remaining"] == "1"
    last = client.page(first=40)
    refused = client.page(first=40)

    assert last.headers["x-ratelimit-remaining"] == "0"
    assert last.json()["data"]["rateLimit"]["remaining"] == 0
    assert refused.status_code == 200
    assert refused.headers["x-ratelimit-remaining"] == "0"
    assert refused.json()["errors"][0]["type"] == "RATE_LIMITED"
    assert "data" not in refused.json()


def test_an_hour_later_the_points_are_back(open_client: Callable[..., Client]) -> None:
    client = open_client(limits=Limits(hourly_points=1))
    client.ask(VIEWER)

    client.sandbox.clock.advance(3_599)
    assert "errors" in client.ask(VIEWER).json()
    client.sandbox.clock.advance(1)

    assert client.data(VIEWER)["rateLimit"]["remaining"] == 0


def test_every_token_has_its_own_points(open_client: Callable[..., Client]) -> None:
    client = open_client(limits=Limits(hourly_points=1))
    client.ask(VIEWER)
    client.session.headers["Authorization"] = "token another"

    assert "data" in client.ask(VIEWER).json()


def test_a_dry_run_tells_the_price_and_costs_nothing(client: Client) -> None:
    text = """
      { rateLimit(dryRun: true) { cost used nodeCount }
        repository(owner: "octo-sandbox", name: "rehearsal") {
          pullRequests(first: 100) { nodes { labels(first: 10) { totalCount } } } } }
    """

    data = client.data(text)

    assert data["rateLimit"] == {"cost": 1, "used": 0, "nodeCount": 1_100}
    assert data["repository"] is None


@pytest.mark.parametrize("header", [None, "", "bearer", "bearer ", "bearer expired"])
def test_without_a_good_token_the_response_is_401(
    open_client: Callable[..., Client], header: str | None
) -> None:
    client = open_client(bad_tokens=frozenset({"expired"}))
    client.session.headers["Authorization"] = header or ""

    response = client.ask(VIEWER)

    assert response.status_code == 401
    assert response.json()["message"] == "Bad credentials"


def test_too_many_queries_in_a_minute_meet_the_secondary_limit(
    open_client: Callable[..., Client],
) -> None:
    client = open_client(limits=Limits(points_a_minute=2))
    client.ask(VIEWER)
    client.ask(VIEWER)

    refused = client.ask(VIEWER)
    client.sandbox.clock.advance(60)

    assert refused.status_code == 403
    assert refused.headers["retry-after"] == "60"
    assert "secondary rate limit" in refused.json()["message"]
    assert refused.headers["x-ratelimit-remaining"] == "998"
    assert client.ask(VIEWER).status_code == 200


def test_a_page_that_is_too_much_work_times_out_and_costs_extra(
    open_client: Callable[..., Client],
) -> None:
    client = open_client(work_model=WorkModel(milliseconds_per_pull_request=400))

    heavy, light = client.page(first=26), client.page(first=25)

    assert heavy.status_code == 502
    assert "Something went wrong while executing your query" in heavy.text
    assert heavy.json()["data"] is None
    assert light.status_code == 200
    assert client.sandbox.counters()["timeouts"] == 1
    assert light.headers["x-ratelimit-used"] == str(1 + 10 + 1)


def test_work_is_counted_by_what_is_returned_and_not_by_what_is_asked(
    open_client: Callable[..., Client],
) -> None:
    few = RepositoryOptions(pull_requests=5)
    client = open_client(few, work_model=WorkModel(milliseconds_per_pull_request=1_000))

    assert client.page(first=100).headers["x-sandbox-milliseconds"] == "5000"


def test_a_page_without_diff_statistics_is_less_work(open_client: Callable[..., Client]) -> None:
    client = open_client(work_model=WorkModel(milliseconds_per_diff_statistics=1_001))

    assert client.page(first=10).status_code == 502
    assert client.page(first=10, withDiffStatistics=False).status_code == 200


def test_computed_time_can_move_the_clock(open_client: Callable[..., Client]) -> None:
    model = WorkModel(milliseconds_per_pull_request=300, spending=Spending.CLOCK)
    client = open_client(work_model=model)
    before = client.sandbox.clock.epoch()

    client.page(first=10)

    assert client.sandbox.clock.epoch() - before == pytest.approx(3)


def test_computed_time_can_really_pass(open_client: Callable[..., Client]) -> None:
    model = WorkModel(milliseconds_per_request=60, spending=Spending.SLEEP)

    assert open_client(work_model=model).ask(VIEWER).elapsed.total_seconds() >= 0.06
