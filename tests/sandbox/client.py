"""A client of a sandbox's HTTP, as a user of it would be."""

import json
from typing import Any

import requests
from requests import Response

from contributor_backfill.github.documents import query_text
from contributor_backfill.sandbox import Sandbox

REPOSITORY = "octo-sandbox/rehearsal"
SITE = "octo-sandbox/site"
SWITCHES = dict.fromkeys(("withDetails", "withDiffStatistics", "withLists", "withLabels"), True)


class Client:
    """Ask one sandbox, as a user of its HTTP would."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        self.session.headers["Authorization"] = "bearer any"

    def ask(self, query: str, **variables: Any) -> requests.Response:
        """Send a query text."""
        body = {"query": query, "variables": variables}
        return self.session.post(self.sandbox.graphql_url, json=body, timeout=120)

    def data(self, query: str, **variables: Any) -> Any:
        """Return the data of a query that must not fail."""
        document = self.ask(query, **variables).json()
        assert "errors" not in document, document["errors"]
        return document["data"]

    def errors(self, query: str, **variables: Any) -> list[dict[str, Any]]:
        """Return the errors of a query that must have some."""
        errors: list[dict[str, Any]] = self.ask(query, **variables).json()["errors"]
        return errors

    def repository(self, name: str = REPOSITORY) -> dict[str, Any]:
        """Return what the product's own query says of a repository."""
        owner, _, plain = name.partition("/")
        found: dict[str, Any] = self.data(query_text("repository"), owner=owner, name=plain)[
            "repository"
        ]
        return found

    def page(
        self, *, first: int = 10, after: str | None = None, **switches: bool
    ) -> requests.Response:
        """Ask the product's own query for one page."""
        repository = next(iter(self.sandbox.world.repositories.values()))
        variables = {
            "repository": repository.facts.node_id,
            "first": first,
            "after": after,
            "orderBy": "CREATED_AT",
        }
        return self.ask(query_text("pull_requests_page"), **variables, **{**SWITCHES, **switches})

    def connection(self, **arguments: Any) -> Any:
        """Return the connection of a page that must not fail."""
        document = self.page(**arguments).json()
        assert "errors" not in document, document["errors"]
        return document["data"]["node"]["pullRequests"]

    def get(self, path: str, headers: dict[str, str] | None = None, **parameters: Any) -> Response:
        """Send a REST request."""
        url = path if path.startswith("http") else self.sandbox.url + path
        return self.session.get(
            url, params=parameters, headers=headers, timeout=120, allow_redirects=False
        )

    def send(self, method: str, path: str, document: Any = None, **headers: str) -> Response:
        """Send a REST request that writes."""
        url = path if path.startswith("http") else self.sandbox.url + path
        return self.session.request(
            method, url, json=document, headers=headers, timeout=120, allow_redirects=False
        )

    def post(self, path: str, document: Any = None, **headers: str) -> Response:
        """Send a POST."""
        return self.send("POST", path, document, **headers)

    def review_comments(self, **parameters: Any) -> list[dict[str, Any]]:
        """Return all comments on the diffs, from page to page as the links lead."""
        response = self.get(f"/repos/{REPOSITORY}/pulls/comments", **parameters)
        found: list[dict[str, Any]] = response.json()
        while following := response.links.get("next"):
            response = self.get(following["url"])
            found += response.json()
        return found

    def truth(self) -> list[dict[str, Any]]:
        """Return every comment on a diff that the export knows."""
        lines = self.sandbox.export(REPOSITORY)
        return [comment for line in lines for comment in line["review_comments"]]

    def control(self, method: str, path: str, document: Any = None) -> requests.Response:
        """Send a request to the sandbox itself."""
        url = f"{self.sandbox.url}/_sandbox/{path}"
        return self.session.request(method, url, data=json.dumps(document), timeout=120)
