"""What GitHub's own language server says of workflows and actions: its complaints, one a line."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

SERVER = "node_modules/@actions/languageserver/dist/cli.bundle.cjs"
Message = dict[str, Any]


def complaints(tools: Path, files: list[Path]) -> Iterator[str]:
    """Yield what the server of the folder `tools` finds wrong with the files."""
    with subprocess.Popen(
        [tools / "node", tools / SERVER, "--stdio"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            yield from _diagnoses(server.stdin, server.stdout, files)
        finally:
            server.kill()


def _diagnoses(requests: IO[bytes], answers: IO[bytes], files: list[Path]) -> Iterator[str]:
    capabilities: Message = {"processId": None, "rootUri": None, "capabilities": {}}
    _send(requests, {"id": 1, "method": "initialize", "params": capabilities})
    _send(requests, {"method": "initialized", "params": {}})
    waiting = {file.resolve().as_uri(): file for file in files}
    for uri, file in waiting.items():
        text = file.read_text(encoding="utf-8")
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        _send(requests, {"method": "textDocument/didOpen", "params": {"textDocument": document}})
    while waiting:
        message = _receive(answers)
        if message.get("method") == "textDocument/publishDiagnostics":
            found = message["params"]
            yield from (_line(waiting[found["uri"]], each) for each in found["diagnostics"])
            del waiting[found["uri"]]


def _send(requests: IO[bytes], message: Message) -> None:
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    requests.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    requests.flush()


def _receive(answers: IO[bytes]) -> Message:
    length = 0
    while header := answers.readline().strip():
        name, _, value = header.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    if not length:
        raise EOFError("The language server ended before it had said anything of every file.")
    message: Message = json.loads(answers.read(length))
    return message


def _line(file: Path, diagnosis: dict[str, Any]) -> str:
    start = diagnosis["range"]["start"]
    return f"{file}:{start['line'] + 1}:{start['character'] + 1}: {diagnosis['message']}"


def main() -> int:
    """Print the complaints, and return 1 when there are any."""
    found = list(complaints(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]]))
    for complaint in found:
        print(complaint)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
