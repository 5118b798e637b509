"""README.md and .github/docs say what is true of the tool, and lead nowhere that is not there."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from contributor_backfill.cli.main import cli

ROOT = Path(__file__).parent.parent.parent
README = ROOT / "README.md"
DOCS = ROOT / ".github" / "docs"
ARCHITECTURE = ROOT / "contributor_backfill" / "README.md"
PAGES = [
    README,
    ARCHITECTURE,
    ROOT / "CHANGELOG.md",
    ROOT / "scripts" / "README.md",
    *sorted((ROOT / ".github").glob("*.md")),
    *sorted(DOCS.glob("*.md")),
]
LONGEST_README = 200
PREFIX = "CONTRIBUTOR_BACKFILL_"


def test_the_readme_is_short() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= LONGEST_README


def test_price_time_space_and_limits_are_on_the_first_screen() -> None:
    first = "\n".join(README.read_text(encoding="utf-8").splitlines()[:40])

    for word in ("Price", "Time", "Space", "Limits"):
        assert f"**{word}**" in first


def test_the_readme_leads_to_each_page() -> None:
    readme = README.read_text(encoding="utf-8")

    for page in DOCS.glob("*.md"):
        assert f"(.github/docs/{page.name})" in readme, page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_link_leads_to_something_that_exists(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


def test_each_command_is_in_the_readme_and_in_the_table_of_commands() -> None:
    readme = README.read_text(encoding="utf-8")
    table = {name for names, _ in command_rows() for name in names}

    assert table == set(all_commands())
    for name in all_commands():
        assert f"`{name}`" in readme, name


def test_each_option_in_the_table_is_one_that_its_command_has() -> None:
    for names, row in command_rows():
        has = {
            option
            for name in names
            for parameter in all_commands()[name].params
            for option in (*parameter.opts, *parameter.secondary_opts)
        }
        for option in re.findall(r"--[a-z-]+", row):
            assert option in has, (names, option)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_command_line_that_is_shown_names_a_command_and_its_options(page: Path) -> None:
    text = re.sub(r"\s*\n\s*", " ", page.read_text(encoding="utf-8")).replace("$ ", "\n$ ")
    for shown in re.findall(r"(?:`|\$ )contributor-backfill ([a-z][^`\n|>&]*)", text):
        name, *rest = shown.split()
        assert name in all_commands(), shown
        has = {option for parameter in all_commands()[name].params for option in parameter.opts}
        for word in rest:
            assert not re.fullmatch(r"--[a-z-]+", word) or word in has, shown


def test_each_variable_that_is_read_is_in_the_configuration() -> None:
    page = (DOCS / "configuration.md").read_text(encoding="utf-8")

    for name in sorted(variables_in_the_code() | variables_of_options()):
        assert f"`{name}`" in page or f"`{name.removeprefix(PREFIX)}`" in page, name


def test_the_example_of_env_names_only_variables_that_are_read() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")

    for name in re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE):
        assert name in variables_in_the_code() | variables_of_options(), name


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def all_commands() -> dict[str, click.Command]:
    """Return every command by its name."""
    context = click.Context(cli)
    found = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    return {name: command for name, command in found.items() if command}


def command_rows() -> Iterator[tuple[list[str], str]]:
    """Yield the rows of the table of commands: the names, and the whole row."""
    for line in (DOCS / "commands.md").read_text(encoding="utf-8").splitlines():
        if re.match(r"\| `[a-z]", line):
            first = line.split("|")[1]
            yield re.findall(r"`([a-z-]+)", first), line


def variables_in_the_code() -> set[str]:
    """Return the names of our own variables and of the secrets that the code reads."""
    pattern = re.compile(
        r'"((?:CONTRIBUTOR_BACKFILL|SUPABASE|VITE_SUPABASE)_[A-Z_]+'
        r'|DATABASE_URL|GITHUB_(?:TOKEN|API_URL|GRAPHQL_URL|WEBHOOK_SECRET)|INNGEST_(?:EVENT|BASE)_[A-Z]+)"'
    )
    sources = (ROOT / "contributor_backfill").rglob("*.py")
    return {name for path in sources for name in pattern.findall(path.read_text(encoding="utf-8"))}


def variables_of_options() -> set[str]:
    """Return the variables by which options may be given."""
    found: set[str] = set()
    for command in all_commands().values():
        for parameter in command.params:
            named = parameter.envvar or []
            found |= {named} if isinstance(named, str) else set(named)
    return found


def test_no_comment_leads_to_a_document_that_a_reader_does_not_have() -> None:
    elsewhere = re.compile(r"\bfacts/\w|\bshared/\w|\b(?:design|house|lessons|peers|style)\.md")

    for path in sources():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            assert not elsewhere.search(line), f"{path.relative_to(ROOT)}, line {number}: {line}"


def sources() -> Iterator[Path]:
    """Yield the files of code, SQL and queries, this one apart: it names what it looks for."""
    for folder in ("contributor_backfill", "scripts", "tests"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".sql", ".graphql"} and path != Path(__file__):
                yield path


def test_each_path_that_the_architecture_names_exists() -> None:
    text = (ARCHITECTURE.read_text(encoding="utf-8")).split("## Glossary")
    named = {
        name
        for part in (text[0], text[1].partition("## To add")[2])
        for name in re.findall(r"`([\w./*-]*/[\w./*-]*)`", part)
    }

    assert len(named) > 20
    for name in sorted(named):
        places = [ARCHITECTURE.parent, ROOT]
        assert any(list(place.glob(name.removesuffix("/"))) for place in places), name


def test_the_architecture_names_each_room() -> None:
    text = ARCHITECTURE.read_text(encoding="utf-8")

    for room in ARCHITECTURE.parent.iterdir():
        if (room / "__init__.py").exists():
            assert f"| `{room.name}/` |" in text, room.name
