"""A GitHub whose responses are the sandbox's, changed on their way."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from contributor_backfill.github.client import GitHubClient, new_session
from tests.support.captures import Rig

Change = Callable[[Any], None]


class Rewriting(HTTPAdapter):
    """Let every JSON of a success be changed before it is read."""

    def __init__(self, change: Change) -> None:
        super().__init__()
        self._change = change

    def send(self, request: requests.PreparedRequest, *rest: Any, **more: Any) -> requests.Response:
        response = super().send(request, *rest, **more)
        if response.status_code == 200 and response.content:
            document = response.json()
            self._change(document)
            response._content = json.dumps(document).encode()  # noqa: SLF001  # no other way in
            # What was changed is what is read.
            response.raw = None
        return response


@dataclass(frozen=True)
class RewritingRig(Rig):
    """A rig whose GitHub is changed by `change`."""

    change_response: Change

    def client(self) -> GitHubClient:
        session = new_session()
        session.mount("http://", Rewriting(self.change_response))
        return GitHubClient(
            lambda: session,
            self.clock,
            token="any",
            graphql_url=self.sandbox.graphql_url,
            api_url=self.sandbox.url,
        )


def rewriting(work: Rig, change: Change) -> RewritingRig:
    """Return the same rig with a GitHub whose responses are changed."""
    return RewritingRig(work.sandbox, work.gateway, work.clock, change)


def each_object(document: Any, change: Callable[[dict[str, Any]], None]) -> None:
    """Change every object of a document, the inner ones first."""
    inner = document.values() if isinstance(document, dict) else document
    for value in inner if isinstance(inner, list) else list(inner):
        if isinstance(value, dict | list):
            each_object(value, change)
    if isinstance(document, dict):
        change(document)
