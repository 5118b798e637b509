"""A text from outside, made fit for a terminal and for the log of a runner."""

import re

BREAKS = re.compile(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
STEERING = re.compile(
    "[\x00-\x1f\x7f-\x9f"
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # turn the direction of what follows
    "\ud800-\udfff]"  # half a character: UTF-8 cannot carry it
)
RUNNER_COMMAND = re.compile(r"(?<!\S):(?=:[^\s:][^:]*::)")
"""`::add-mask::…`: the runner obeys it where a line begins, and tables break lines at spaces."""


def one_line(text: object) -> str:
    r"""Return a text as one line in which nothing steers a terminal.

    Line breaks become a space. Control characters, bidirectional controls and lone surrogates are
    escaped (`\x1b`), so that the reader sees what came.
    """
    return STEERING.sub(lambda match: escaped(match[0]), BREAKS.sub(" ", str(text)))


def harmless(line: str) -> str:
    """Return a line without the runner's commands: `##[…]`, and `::…::` where a word begins."""
    return RUNNER_COMMAND.sub(": ", line.replace("##[", "## ["))


def escaped(character: str) -> str:
    r"""Return a character as Python writes it: `\x1b`."""
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
