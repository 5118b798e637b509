"""The texts of our queries: files in `queries/`, with the fragments that they spread.

And how much of a pull request they ask for. The engine imports it, also where nothing is due.
"""

import re
from collections.abc import Iterable, Mapping
from enum import IntEnum
from functools import cache
from importlib import resources


class Detail(IntEnum):
    """The ladder of queries, the lightest last."""

    FULL = 0
    WITHOUT_DIFF_STATISTICS = 1
    WITHOUT_LISTS = 2
    IDENTITY = 3
    CURSORS = 4
    """Nothing of a pull request but its place in the list: enough to pass it."""


MISSING_FIELDS = ("diff_statistics", "lists")
"""Fields that a pull request lacks, one more at each step: at IDENTITY nothing of it is stored."""


_FRAGMENT = re.compile(r"^fragment (\w+) on .*?^}$", re.MULTILINE | re.DOTALL)
_SPREAD = re.compile(r"\.\.\.(\w+)")
_EACH = re.compile(r"^ *#each (.*)$", re.MULTILINE)


@cache
def query_text(name: str) -> str:
    """Return the text of a query with its fragments."""
    return _with_fragments(_file(name))


def repeated(name: str, values: Iterable[Mapping[str, object]]) -> str:
    """Return the text of a query whose `#each` lines are repeated, once for each of the mappings.

    A key in braces is replaced by its value. Values must be ours, never GitHub's: those are
    variables.
    """
    # GraphQL has no other way to ask for several lists, each from a cursor of its own.
    filled = list(values)

    def lines(match: re.Match[str]) -> str:
        return "\n".join(_filled(match[1], mapping) for mapping in filled)

    return _with_fragments(_EACH.sub(lines, _file(name)))


@cache
def without(text: str, names: frozenset[str]) -> str:
    """Return a query's text without these fields, which fragments have at their first level."""
    for name in sorted(names):
        # It stands on a line of its own, and ends there or where its brace is closed.
        field = rf"^  {name}\b[^\n{{]*(?:\{{\n.*?^  \}})?\n"
        text = re.sub(field, "", text, flags=re.MULTILINE | re.DOTALL)
    # GraphQL has no empty selection.
    text = re.sub(r"^(fragment [^\n]* \{\n)\}", r"\1  __typename\n}", text, flags=re.MULTILINE)
    own = {match[1]: match[0] for match in _FRAGMENT.finditer(text)}
    return _with_fragments(_FRAGMENT.sub("", text).rstrip() + "\n", own)


def _filled(line: str, values: Mapping[str, object]) -> str:
    for name, value in values.items():
        line = line.replace(f"{{{name}}}", str(value))
    return line


@cache
def _file(name: str) -> str:
    file = resources.files("contributor_backfill.github") / "queries" / f"{name}.graphql"
    return file.read_text(encoding="utf-8")


@cache
def _fragments() -> dict[str, str]:
    return {match[1]: match[0] for match in _FRAGMENT.finditer(_file("fragments"))}


def _with_fragments(text: str, fragments: Mapping[str, str] | None = None) -> str:
    """Append the fragments that are spread, and those that they spread: GitHub refuses others."""
    known = _fragments() if fragments is None else fragments
    needed: dict[str, str] = {}
    waiting = _SPREAD.findall(text)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = known[name]
            waiting += _SPREAD.findall(needed[name])
    return "\n".join([text, *needed.values()])
