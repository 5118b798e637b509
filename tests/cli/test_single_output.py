"""Everything is written through one module, which hides secrets and disarms texts."""

import ast
from collections.abc import Iterator
from pathlib import Path

import contributor_backfill

ROOT = Path(contributor_backfill.__file__).parent
WRITERS = {
    "click.echo",
    "click.secho",
    "click.echo_via_pager",
    "click.confirm",
    "click.prompt",
    "click.style",
    "print",
    "input",
    "sys.stdout.write",
    "sys.stderr.write",
    "sys.stdout.buffer.write",
    "sys.__stdout__.write",
    "sys.__stderr__.write",
    "os.write",
    "traceback.print_exc",
    "traceback.print_exception",
    "logging.basicConfig",
}
ALLOWED = {
    "cli/output.py": "it is the way",
    "cli/main.py": "click's own usage line",
    "cli/streams.py": "the guard behind it",
    "actions/runner.py": "annotations, escaped as the runner wants it",
}


def found(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in WRITERS:
                yield f"{file.relative_to(ROOT)}:{node.lineno}: {name}"
            if name == "Console" and "markup=False" not in ast.unparse(node):
                yield f"{file.relative_to(ROOT)}:{node.lineno}: a console with markup"


def test_nothing_is_written_past_it() -> None:
    files = [file for file in ROOT.rglob("*.py") if str(file.relative_to(ROOT)) not in ALLOWED]

    assert len(files) > 100
    assert not [place for file in files for place in found(file)]
