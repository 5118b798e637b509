"""Fill the figures in README.md and .github/docs from what the measuring commands printed.

`.github/docs/figures.json` keeps, for each name, a command and the JSON that it printed. A block in
a page is a comment with a template, followed by what the template gives:

    <!-- figures
    A page takes {{ backfill.captures[0].points_per_1000 }} points.
    -->

    A page takes 35.0 points.

    <!-- end of figures -->
"""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from jinja2 import Environment, StrictUndefined

from contributor_backfill.cli.main import cli

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / ".github" / "docs"
RECORDED = DOCS / "figures.json"
PAGES = (ROOT / "README.md", *sorted(DOCS.glob("*.md")))
BLOCK = re.compile(r"(<!-- figures\n(.*?)\n-->\n\n)(.*?)(<!-- end of figures -->)", re.DOTALL)
PLACEHOLDER = re.compile(r"[A-Z]+")
"""A word of a command that stands for a file or folder of the reader's."""


def recorded() -> dict[str, dict[str, Any]]:
    """Return each name's command, date and figures."""
    found: dict[str, dict[str, Any]] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return found


def filled(text: str, sections: dict[str, dict[str, Any]]) -> str:
    """Return a page with its figures written anew. Raises for a figure that is not there."""
    environment = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701  # Markdown
    environment.filters["whole"] = lambda number: f"{round(number):,}"
    environment.filters["to"] = lambda number, digits: f"{number:,.{digits}f}"
    context = {name: _unwrapped(name, section["figures"]) for name, section in sections.items()} | {
        "command": lambda name: shlex.join(sections[name]["command"]),
        "measured": lambda name: sections[name]["measured"],
    }

    def fill(block: re.Match[str]) -> str:
        text = environment.from_string(block[2]).render(context)
        return f"{block[1]}{text.strip()}\n\n{block[4]}"

    return BLOCK.sub(fill, text)


def _unwrapped(name: str, figures: dict[str, Any]) -> Any:
    """Return what a command printed; what it printed under its own name alone is that."""
    return figures[name] if [*figures] == [name] else figures


def stale_pages() -> Iterator[str]:
    """Yield the pages whose figures are not those that were recorded."""
    sections = recorded()
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        if filled(text, sections) != text:
            yield str(page.relative_to(ROOT))


def broken_commands() -> Iterator[str]:
    """Yield what is wrong with the commands: a program, a subcommand or an option that is gone."""
    for name, section in recorded().items():
        words = ["." if PLACEHOLDER.fullmatch(word) else word for word in section["command"]]
        if (wrong := complaint(name, words)) is not None:
            yield wrong


def complaint(name: str, words: list[str]) -> str | None:
    """Say what is wrong with a command line, if anything is."""
    try:
        command, arguments = _click_command(words)
        command.make_context(name, arguments)
    except (click.ClickException, ImportError, AttributeError) as error:
        return f"{name}: {shlex.join(words)}: {error}"
    return None


def _click_command(words: list[str]) -> tuple[click.Command, list[str]]:
    """Return what a command line runs, and its arguments."""
    program, *arguments = words
    if program == "contributor-backfill":
        subcommand = cli.get_command(click.Context(cli), arguments[0])
        if subcommand is None:
            raise click.UsageError(f"there is no command {arguments[0]}")
        return subcommand, arguments[1:]
    command: click.Command = import_module(f"scripts.{Path(program).stem}").bench
    return command, arguments


def record(name: str, values: dict[str, str]) -> None:
    """Run a name's command and keep what it prints; `values` stand in for its placeholders."""
    sections = recorded()
    words = [values.get(word, word) for word in sections[name]["command"]]
    programs = {"contributor-backfill": [str(ROOT / ".venv" / "bin" / "contributor-backfill")]}
    start = programs.get(words[0], [str(ROOT / words[0])])
    if words[0].endswith(".py"):
        start = [sys.executable, "-m", f"scripts.{Path(words[0]).stem}"]
    done = subprocess.run([*start, *words[1:]], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    sections[name] |= {
        "measured": datetime.now(UTC).date().isoformat(),
        "figures": json.loads(done.stdout),
    }
    RECORDED.write_text(json.dumps(sections, indent=1) + "\n", encoding="utf-8")


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; fail when a page is not up to date.")
@click.option("--record", "names", multiple=True, help="Measure this anew first.")
@click.option("--with", "values", type=(str, str), multiple=True, help="A placeholder, its value.")
def figures(*, check: bool, names: tuple[str, ...], values: tuple[tuple[str, str], ...]) -> None:
    """Write the figures that were recorded into the pages."""
    if check:
        wrong = [f"{page}: run scripts/figures" for page in stale_pages()] + [*broken_commands()]
        if wrong:
            raise click.ClickException("\n".join(wrong))
        return
    for name in names:
        record(name, dict(values))
    sections = recorded()
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        page.write_text(filled(text, sections), encoding="utf-8")


if __name__ == "__main__":
    figures()
