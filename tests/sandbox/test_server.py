"""HTTP: what goes over the wire besides GraphQL."""

import json
import threading

import pytest

from tests.sandbox.client import REPOSITORY, Client
from tests.support.pieces import first_piece


def test_connections_are_kept_and_responses_are_not_held_back(client: Client) -> None:
    responses = [client.ask("{ viewer { login } }") for _ in range(3)]

    body, headers = {"query": "{ viewer { login } }"}, {"Authorization": "bearer any"}
    piece, length = first_piece(client.sandbox.graphql_url, body, headers)
    assert len(piece) == length > 0
    assert all("connection" not in response.headers for response in responses)


def test_nul_and_lone_surrogates_travel_as_escapes(client: Client) -> None:
    response = client.page(first=40)

    assert response.content.isascii()
    assert b"\\u0000" in response.content
    bodies = [
        edge["node"]["body"] for edge in response.json()["data"]["node"]["pullRequests"]["edges"]
    ]
    assert any("\0" in body for body in bodies)


def test_enterprise_servers_have_another_path(client: Client) -> None:
    url = f"{client.sandbox.url}/api/graphql"

    response = client.session.post(url, json={"query": "{ viewer { login } }"}, timeout=120)

    assert response.json()["data"]["viewer"]["login"]


@pytest.mark.parametrize("path", ["/repos/o/n/pulls/comments", "/repos/o/n", "/users/ada", "/"])
def test_a_rest_path_is_not_there_and_counts_in_its_own_quota(client: Client, path: str) -> None:
    response = client.session.get(client.sandbox.url + path, timeout=120)

    assert response.status_code == 404
    assert response.json()["message"] == "Not Found"
    assert response.headers["x-ratelimit-resource"] == "core"


def test_clients_can_ask_at_the_same_time(client: Client) -> None:
    seen: list[int] = []

    def ask() -> None:
        seen.append(Client(client.sandbox).page().status_code)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert seen == [200] * 8
    assert client.sandbox.counters()["executed"] == 8


def test_counters_tell_requests_points_and_page_sizes(client: Client) -> None:
    client.page(first=40)
    client.page(first=10)
    client.session.get(client.sandbox.url, timeout=120)

    assert client.control("GET", "counters").json() == {
        "requests": 3,
        "graphql_requests": 2,
        "executed": 2,
        "points": 3,
        "refused": 0,
        "timeouts": 0,
        "pages_by_first": {"10": 1, "40": 1},
        "rest_requests": 1,
        "not_modified": 0,
        "rest_pages_by_size": {},
        "faults": {},
    }


def test_faults_are_posted_and_cleared(client: Client) -> None:
    rules = [{"kind": "gateway_timeout"}, {"kind": "poison", "when": {"number": 1}}]

    assert client.control("POST", "faults", rules).json() == {"active": 2}
    assert client.page().status_code == 504
    assert client.control("DELETE", "faults").json() == {"active": 0}
    assert client.page().status_code == 200


def test_the_clock_is_moved(client: Client) -> None:
    client.control("POST", "clock", {"advance_seconds": 90})

    assert client.page().headers["date"] == "Sat, 31 Jan 2026 08:01:30 GMT"


def test_the_world_is_changed(client: Client) -> None:
    change = {"change": "insert_pull_request", "repository": REPOSITORY}

    number = client.control("POST", "world", change).json()["number"]

    assert client.connection(first=1)["edges"][0]["node"]["number"] == number


def test_the_export_streams_one_pull_request_a_line(client: Client) -> None:
    response = client.control("GET", f"export?repository={REPOSITORY}")

    assert response.headers["transfer-encoding"] == "chunked"
    lines = response.text.splitlines()
    assert [json.loads(line) for line in lines] == list(client.sandbox.export(REPOSITORY))


@pytest.mark.parametrize(
    ("method", "path", "document", "status"),
    [
        ("POST", "faults", {"kind": "flood"}, 400),
        ("POST", "faults", 5, 400),
        ("POST", "clock", {}, 400),
        ("POST", "clock", [], 400),
        ("POST", "world", {"change": "explode"}, 400),
        ("GET", "export?repository=a/b", None, 400),
        ("GET", "elsewhere", None, 404),
    ],
)
def test_what_the_sandbox_cannot_do_it_says_in_a_sentence(
    client: Client, method: str, path: str, document: object, status: int
) -> None:
    response = client.control(method, path, document)

    assert response.status_code == status
    assert response.json()["message"].endswith(".")
