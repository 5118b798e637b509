"""A run before its first job starts: repository, event, secrets, variables."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
WORKFLOWS = ROOT / ".github" / "workflows"
SHA = "5f1d9a2c8b7e4f30a6c1d2e3f4a5b6c7d8e9f0a1"
TOOL = "somebody/contributor-backfill"
"""The repository that the workflows are of, also where another one calls them."""


@dataclass(frozen=True)
class Setting:
    """A run of a workflow. `caller` is the file that calls it, where another repository does."""

    workflow: str
    event: str = "workflow_dispatch"
    inputs: Mapping[str, Any] = field(default_factory=dict)
    payload: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    repository: str = "me/site"
    caller: str = ""
    run_id: int = 77
    api_url: str = "http://127.0.0.1:9"
    graphql_url: str = "http://127.0.0.1:9/graphql"

    @property
    def file(self) -> Path:
        """The workflow's file."""
        return WORKFLOWS / self.workflow

    @property
    def event_payload(self) -> dict[str, Any]:
        """Return the content of the file that `GITHUB_EVENT_PATH` names."""
        dispatched = {"inputs": dict(self.inputs)} if self.event == "workflow_dispatch" else {}
        return {"repository": {"full_name": self.repository}, **dispatched, **self.payload}

    @property
    def github(self) -> dict[str, Any]:
        """The context `github`, which is the caller's in a workflow that is called."""
        owner = self.repository.partition("/")[0]
        file = self.caller or self.workflow
        return {
            "actor": owner,
            "api_url": self.api_url,
            "event": self.event_payload,
            "event_name": self.event,
            "graphql_url": self.graphql_url,
            "ref": "refs/heads/main",
            "ref_name": "main",
            "repository": self.repository,
            "repository_owner": owner,
            "run_attempt": "1",
            "run_id": str(self.run_id),
            "run_number": "3",
            "server_url": "https://github.com",
            "sha": SHA,
            "workflow": file,
            "workflow_ref": f"{self.repository}/.github/workflows/{file}@refs/heads/main",
            "workflow_sha": SHA,
        }

    def given(self, declared: Mapping[str, Any]) -> dict[str, Any]:
        """Return the context `inputs`: it is empty where nobody could give any."""
        way = "workflow_call" if self.caller else self.event
        if way not in {"workflow_call", "workflow_dispatch"}:
            return {}
        of_way = (declared[way] or {}).get("inputs", {})
        unknown = self.inputs.keys() - of_way.keys()
        assert not unknown, f"{self.workflow} declares no inputs {unknown}"
        empty = {"boolean": False, "string": ""}
        return {
            name: self.inputs.get(name, declaration.get("default", empty[declaration["type"]]))
            for name, declaration in of_way.items()
        }

    def write_event(self, directory: Path) -> Path:
        """Write the event's file and return where it is."""
        file = directory / "event.json"
        file.write_text(json.dumps(self.event_payload), encoding="utf-8")
        return file
