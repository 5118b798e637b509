"""A page is read whatever field of it GitHub leaves out, gives as null or words anew.

The pages are the sandbox's responses to our own queries. Every field is treated so, not only those
that may be null by GitHub's schema of today: what may be null is GitHub's to change.
"""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from contributor_backfill.domain.records import Captured, Page
from contributor_backfill.domain.sources import BEGINNING
from contributor_backfill.github.documents import Detail
from contributor_backfill.github.http import Response, RestResponse
from contributor_backfill.github.pull_requests import PageRequest, read_page
from contributor_backfill.github.review_comments import read_comments
from contributor_backfill.sandbox import ListSizes, RepositoryOptions, Sandbox, World
from tests.sandbox.client import REPOSITORY, Client

Path = tuple[str | int, ...]
EDGES: Path = ("pullRequests", "edges")
PLACE = 2
"""Of the pull request on the page that is treated."""
OPTIONS = RepositoryOptions(
    pull_requests=5,
    oddity_every=0,
    reviews=ListSizes.exactly(2),
    comments=ListSizes.exactly(2),
    review_comments=ListSizes.exactly(2),
)
GONE = object()
TREATMENTS = {"left out": GONE, "null": None, "a new word": "A_NEW_WORD"}


@dataclass(frozen=True)
class Real:
    """A page and a list of review comments, as the sandbox sends them."""

    repository: dict[str, Any]
    review_comments: list[dict[str, Any]]


@pytest.fixture(scope="module")
def real() -> Iterator[Real]:
    with Sandbox(World.of([OPTIONS])) as sandbox:
        client = Client(sandbox)
        node = json.loads(client.page(first=5).content)["data"]["node"]
        comments = client.session.get(f"{sandbox.url}/repos/{REPOSITORY}/pulls/comments").json()
        yield Real(node, comments)


def fields(value: object, path: Path = ()) -> Iterator[Path]:
    """Yield the path of every field of an object, and of every item of its lists."""
    pairs: Any = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    for key, inner in pairs:
        yield (*path, key)
        yield from fields(inner, (*path, key))


def treated(document: Any, path: Path, value: object) -> Any:
    """Return a copy with another value at a path, or with none."""
    made = copy.deepcopy(document)
    *way, last = path
    inner = made
    for key in way:
        inner = inner[key]
    if value is GONE and isinstance(inner, dict):
        del inner[last]
    else:
        inner[last] = None if value is GONE else value
    return made


def read(repository: dict[str, Any]) -> Page:
    request = PageRequest("R_1", 5, "before", detail=Detail.FULL, with_labels=True)
    return read_page(Response({"node": repository}, (), None, 1, None), request)


def whole(items: tuple[Captured, ...]) -> dict[str, Captured]:
    return {item.cursor: item for item in items if item.pull_request}


@pytest.mark.parametrize("value", TREATMENTS.values(), ids=TREATMENTS.keys())
def test_a_field_of_a_pull_request_costs_no_other_pull_request(real: Real, value: object) -> None:
    cursors = [edge["cursor"] for edge in real.repository["pullRequests"]["edges"]]
    node = real.repository["pullRequests"]["edges"][PLACE]["node"]
    others = set(cursors) - {cursors[PLACE]}

    for path in fields(node, (*EDGES, PLACE, "node")):
        page = read(treated(real.repository, path, value))

        assert set(whole(page.items)) >= others, path
        assert len(page.items) == len(cursors), path
        (odd,) = (item for item in page.items if item.cursor == cursors[PLACE])
        assert odd.pull_request or odd.skipped, path


@pytest.mark.parametrize("value", TREATMENTS.values(), ids=TREATMENTS.keys())
@pytest.mark.parametrize("name", ["reviews", "comments"])
def test_a_field_of_an_item_costs_no_other_item(real: Real, name: str, value: object) -> None:
    node = real.repository["pullRequests"]["edges"][PLACE]["node"]
    head: Path = (*EDGES, PLACE, "node", name, "nodes", 0)

    for path in fields(node[name]["nodes"][0], head):
        page = read(treated(real.repository, path, value))

        item = page.items[PLACE]
        assert item.pull_request, path
        found = getattr(item, name)
        assert len(found) + len(item.unreadable) == 2, path
        assert found[-1].github_id == int(node[name]["nodes"][1]["fullDatabaseId"]), path


@pytest.mark.parametrize("value", TREATMENTS.values(), ids=TREATMENTS.keys())
def test_a_field_of_an_inline_comment_costs_no_other(real: Real, value: object) -> None:
    documents = real.review_comments
    assert len(documents) > 3

    for path in fields(documents[PLACE], (PLACE,)):
        response = RestResponse(treated(documents, path, value), None, has_next_page=False)
        harvest = read_comments(response, BEGINNING, 100).harvest

        assert len(harvest.items) + len(harvest.unreadable) == len(documents), path
        assert len(harvest.items) >= len(documents) - 1, path


NULLABLE: dict[str, Callable[[dict[str, Any]], None]] = {
    "id": lambda node: node.update(fullDatabaseId=None),
    "author": lambda node: node.update(author=None),
    "merger": lambda node: node.update(merged=True, mergedBy=None),
    "total": lambda node: node.update(totalCommentsCount=None),
    "labels": lambda node: node.update(labels=None),
    "reviews": lambda node: node.update(reviews=None),
    "items": lambda node: node["comments"].update(nodes=None),
    "item": lambda node: node["comments"].update(nodes=[None]),
    "submission": lambda node: node["reviews"]["nodes"][0].update(submittedAt=None),
    "commit": lambda node: node["reviews"]["nodes"][0].update(commit=None),
}


@pytest.mark.parametrize("change", NULLABLE.values(), ids=NULLABLE.keys())
def test_what_the_schema_allows_to_be_null_leaves_the_pull_request_on_record(
    real: Real, change: Callable[[dict[str, Any]], None]
) -> None:
    made = copy.deepcopy(real.repository)
    change(made["pullRequests"]["edges"][PLACE]["node"])

    page = read(made)

    assert (len(page.items), page.complete) == (5, True)
    odd = page.items[PLACE]
    assert odd.pull_request or (odd.skipped and odd.skipped.number)
