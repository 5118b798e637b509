"""The sink for webhooks."""

import pytest
import requests

from contributor_backfill.domain.errors import BackfillError
from tests.sandbox.client import Client


def send(client: Client, document: object) -> requests.Response:
    return client.session.post(client.sandbox.webhook_url, json=document, timeout=120)


def test_webhooks_are_kept_in_their_order_and_need_no_token(client: Client) -> None:
    del client.session.headers["Authorization"]

    assert [send(client, {"text": text}).status_code for text in ("one", "two")] == [200, 200]

    assert client.sandbox.webhooks() == [{"text": "one"}, {"text": "two"}]
    assert client.control("GET", "webhook").json() == client.sandbox.webhooks()


@pytest.mark.parametrize("status", [204, 404, 500, 503])
def test_the_response_can_be_another(client: Client, status: int) -> None:
    client.sandbox.answer_webhooks_with(status)

    assert [send(client, {}).status_code for _ in range(2)] == [status] * 2
    assert client.control("POST", "webhook/status", {"status": 200}).json() == {"status": 200}
    assert send(client, {}).status_code == 200
    assert len(client.sandbox.webhooks()) == 3


def test_what_is_not_json_is_not_kept(client: Client) -> None:
    response = client.session.post(client.sandbox.webhook_url, data="{", timeout=120)

    assert response.status_code == 400
    assert client.sandbox.webhooks() == []


@pytest.mark.parametrize("status", [100, 999, "503", None])
def test_a_status_that_is_none_is_refused(client: Client, status: object) -> None:
    assert client.control("POST", "webhook/status", {"status": status}).status_code == 400
    with pytest.raises(BackfillError):
        client.sandbox.answer_webhooks_with(999)
