"""GitHub's own reading of workflows and of the expressions in them, by way of Node.js."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

SCRIPT = Path(__file__).with_name("expressions.mjs")
Context = Mapping[str, Any]
Status = Literal["success", "failure", "cancelled"]


class Expressions:
    """Ask the process that knows."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def read(self, file: Path) -> Any:
        """Return the content of a workflow or action, as GitHub reads YAML."""
        return self._ask({"ask": "read", "path": str(file)})

    def value(self, thing: Any, context: Context) -> Any:
        """Return a thing with every expression in it evaluated."""
        if isinstance(thing, dict):
            return {key: self.value(value, context) for key, value in thing.items()}
        if isinstance(thing, list):
            return [self.value(item, context) for item in thing]
        return self._evaluate("value", thing, context, "success") if _has_any(thing) else thing

    def texts(self, things: Mapping[str, Any], context: Context) -> dict[str, str]:
        """Return what an environment or the inputs of an action become."""
        return {key: self._text(value, context) for key, value in things.items()}

    def condition(self, text: str, context: Context, status: Status) -> bool:
        """Tell whether an `if:` holds."""
        return bool(self._evaluate("condition", text, context, status))

    def _text(self, thing: Any, context: Context) -> str:
        if isinstance(thing, str):
            return str(self._evaluate("text", thing, context, "success"))
        return str(thing).lower() if isinstance(thing, bool) else str(thing)

    def _evaluate(self, ask: str, text: str, context: Context, status: Status) -> Any:
        return self._ask({"ask": ask, "text": text, "context": context, "status": status})

    def _ask(self, request: Mapping[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        if "error" in told:
            raise ValueError(f"{request.get('text', request)}: {told['error']}")
        return told["answer"]


@contextmanager
def expressions(tools: Path) -> Iterator[Expressions]:
    """Serve expressions with the packages of that folder."""
    with subprocess.Popen(
        [tools / "node", SCRIPT, tools], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Expressions(process)


def _has_any(thing: Any) -> bool:
    return isinstance(thing, str) and "${{" in thing
