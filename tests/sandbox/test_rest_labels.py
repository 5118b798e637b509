"""Labels over REST."""

from typing import Any

import pytest

from tests.sandbox.client import SITE, Client

LABELS = f"/repos/{SITE}/labels"


def test_a_label_is_added_and_found_in_any_spelling(site: Client) -> None:
    response = site.post(
        LABELS, {"name": "Backfill: late", "color": "B60205", "description": "Why"}
    )

    label = response.json()
    assert response.status_code == 201
    assert (label["name"], label["color"]) == ("Backfill: late", "b60205")
    assert label["description"] == "Why"
    assert site.get(f"{LABELS}/backfill%3A%20LATE").json() == label


def test_a_label_exists_only_once(site: Client) -> None:
    response = site.post(LABELS, {"name": "BUG"})

    assert response.status_code == 422
    assert response.json()["errors"] == [
        {"resource": "Label", "code": "already_exists", "field": "name"}
    ]


def test_an_unknown_label_is_404_until_an_issue_brings_it(site: Client) -> None:
    assert site.get(f"{LABELS}/alert").status_code == 404

    site.post(f"/repos/{SITE}/issues", {"title": "x", "labels": ["alert"]})

    assert site.get(f"{LABELS}/alert").json()["color"] == "ededed"


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({}, "name"),
        ({"name": "x" * 51}, "name"),
        ({"name": "x", "color": "#b60205"}, "color"),
        ({"name": "x", "color": "red"}, "color"),
        ({"name": "x", "description": "x" * 101}, "description"),
    ],
)
def test_what_cannot_be_a_label_is_422(site: Client, document: dict[str, Any], field: str) -> None:
    response = site.post(LABELS, document)

    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == field
