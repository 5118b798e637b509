"""Two repositories of two owners, one of them private, and a rig with a token for its owner."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from contributor_backfill.github.client import GitHubClient, new_session
from contributor_backfill.sandbox import ListSizes, RepositoryOptions, World
from tests.support.captures import Rig

PRIVATE = "acme/hidden"
PUBLIC = "octo-sandbox/shown"
GENERAL, OF_ACME = "general", "of-acme"


def two_owners(pull_requests: int = 120) -> World:
    """Return a world of both."""
    few = ListSizes.exactly(1)
    return World.of(
        [
            RepositoryOptions(
                name_with_owner=name,
                pull_requests=pull_requests,
                seed=seed,
                reviews=few,
                comments=few,
                review_comments=few,
                oddity_every=0,
            )
            for seed, name in enumerate((PRIVATE, PUBLIC), 1)
        ]
    )


class Hiding(HTTPAdapter):
    """Hide one repository from some tokens, as GitHub does: it says that it is not there."""

    def __init__(self, node_id: str, full_name: str, blind: frozenset[str]) -> None:
        super().__init__()
        self._node_id = node_id
        self._full_name = full_name
        self._blind = blind

    def send(self, request: requests.PreparedRequest, *rest: Any, **more: Any) -> requests.Response:
        response = super().send(request, *rest, **more)
        token = str(request.headers["Authorization"]).removeprefix("Bearer ")
        if token in self._blind and response.status_code == 200 and self._is_about(request):
            given = response.json()
            if "nodes" in (given.get("data") or {}):
                document: Any = self._without_one(request, given)
            elif f"/repos/{self._full_name}" in str(request.url):
                response.status_code = 404
                document = {"message": "Not Found"}
            else:
                data = dict.fromkeys(response.json()["data"])
                error = {"type": "NOT_FOUND", "path": ["node"], "message": "Could not resolve"}
                document = {"data": data, "errors": [error]}
            response._content = json.dumps(document).encode()  # noqa: SLF001  # no other way in
            response.raw = None
        return response

    def _without_one(self, request: requests.PreparedRequest, given: Any) -> Any:
        """Return an answer about many repositories, without this one."""
        variables = json.loads(request.body or b"")["variables"]
        owner, name = self._full_name.split("/")
        data = given["data"]
        hidden: list[list[str | int]] = []
        for place, node_id in enumerate(variables["ids"]):
            if node_id == self._node_id:
                data["nodes"][place] = None
                hidden.append(["nodes", place])
        for key, value in variables.items():
            place = key.removeprefix("name")
            if value == name and variables.get(f"owner{place}") == owner:
                data[f"r{place}"] = None
                hidden.append([f"r{place}"])
        errors = [
            {"type": "NOT_FOUND", "path": path, "message": "Could not resolve"} for path in hidden
        ]
        return {"data": data, "errors": [*given.get("errors", ()), *errors]}

    def _is_about(self, request: requests.PreparedRequest) -> bool:
        owner, name = self._full_name.split("/")
        text = (request.body or b"").decode() if isinstance(request.body, bytes) else ""
        return (
            self._node_id in text
            or (f'": "{owner}"' in text and f'": "{name}"' in text)
            or f"/repos/{self._full_name}" in str(request.url)
        )


@dataclass(frozen=True)
class OwnersRig(Rig):
    """A rig whose private repository some tokens do not see."""

    tokens_of_owners: Mapping[str, str] = field(default_factory=lambda: {"acme": OF_ACME})
    blind: frozenset[str] = frozenset({GENERAL})

    def client(self) -> GitHubClient:
        repository = self.sandbox.world.find(PRIVATE)
        assert repository is not None
        session = new_session()
        session.mount("http://", Hiding(repository.facts.node_id, PRIVATE, self.blind))
        return GitHubClient(
            lambda: session,
            self.clock,
            token=GENERAL,
            graphql_url=self.sandbox.graphql_url,
            api_url=self.sandbox.url,
            tokens_of_owners=self.tokens_of_owners,
        )
