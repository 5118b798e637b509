"""`.env` of the working directory, and what of it is believed.

Whoever can make somebody start the tool in a folder writes that folder's `.env`. So an address in
it never receives a secret of the real environment, and names no program to be run beside one.
"""

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from contributor_backfill.domain.errors import NotConfigured
from contributor_backfill.domain.secrets import KEYS, NAMED_KEYS, SECRET_ADDRESSES

LARGEST = 1_000_000
"""Bytes; the largest file of variables that anybody wrote by hand is far below."""
SECRETS = (*KEYS, *NAMED_KEYS, *SECRET_ADDRESSES, "DATABASE_URL")
_GITHUB_TOKENS = ("GITHUB_TOKEN", "GITHUB_TOKENS")
_SUPABASE_KEYS = ("SUPABASE_SERVICE_KEY", "SUPABASE_SERVICE_ROLE_KEY")
RECEIVES: Mapping[str, tuple[str, ...]] = {
    "GITHUB_API_URL": _GITHUB_TOKENS,
    "GITHUB_GRAPHQL_URL": _GITHUB_TOKENS,
    "SUPABASE_URL": _SUPABASE_KEYS,
    "VITE_SUPABASE_URL": _SUPABASE_KEYS,
    "INNGEST_BASE_URL": ("INNGEST_EVENT_KEY",),
    "DATABASE_URL": ("PGPASSWORD",),
    # Programs: the server's own, and what a data folder's configuration has the server load.
    "CONTRIBUTOR_BACKFILL_PG_BIN": SECRETS,
    "CONTRIBUTOR_BACKFILL_HOME": SECRETS,
}
"""The secrets beside which a variable of the file is not believed: it would get hold of them."""
ALTERNATIVES = (
    ("SUPABASE_URL", "VITE_SUPABASE_URL"),
    _SUPABASE_KEYS,
    ("GITHUB_API_URL", "GITHUB_GRAPHQL_URL"),
)
"""Names for one thing: one in the real environment outranks every one in the file."""
LIBRARIES = ("PG", "HTTP", "HTTPS", "ALL", "NO", "REQUESTS", "SSL", "CURL")
"""Beginnings of variables that libraries read, from the real environment alone."""


@dataclass(frozen=True)
class Line:
    """The value of a variable in the file, and the number of its line."""

    value: str
    number: int


def read(file: Path) -> dict[str, Line]:
    """Return the variables of a file; none where there is no such file, or no ordinary one.

    Raises `NotConfigured` for a file that cannot be read, with the number of the line.
    """
    text = _text(file)
    if not text:
        return {}
    # It takes 20 ms, and most runs have no such file.
    from dotenv.parser import parse_stream

    lines: dict[str, Line] = {}
    for binding in parse_stream(StringIO(text)):
        number = binding.original.line + _leading_newlines(binding.original.string)
        if binding.error or "\0" in binding.original.string:
            raise NotConfigured(
                f"{file.resolve()}, line {number}, cannot be read.",
                advice="A line looks like NAME=value, or NAME='a value with spaces'.",
            )
        if binding.key is not None and binding.value is not None:
            # Line by line, as a shell reads: a variable sees those above it.
            lines[binding.key] = Line(_resolved(binding.value, lines), number)
    return lines


def believed(
    lines: Mapping[str, Line], real: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return what of a file holds beside the real environment, and what does not, with the reason.

    A variable of the real environment wins, also an empty one.
    """
    values: dict[str, str] = {}
    ignored: dict[str, str] = {}
    for name, line in lines.items():
        # Libraries read their own variables without asking us, so a folder must not set them.
        if name in real or _is_outranked(name, real) or _is_a_librarys(name):
            continue
        secret = next((s for s in RECEIVES.get(name, ()) if real.get(s, "").strip()), None)
        if secret is None or not line.value.strip():
            values[name] = line.value
        else:
            ignored[name] = secret
    return values, ignored


def _text(file: Path) -> str:
    try:
        content = _content(file)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise NotConfigured(f"{file.resolve()} cannot be read: {error.strerror}.") from error
    if len(content) > LARGEST:
        raise NotConfigured(
            f"{file.resolve()} is larger than a megabyte: it is no file of variables."
        )
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        number = content[: error.start].count(b"\n") + 1
        raise NotConfigured(
            f"{file.resolve()}, line {number}, cannot be read: it is not UTF-8."
        ) from None


def _content(file: Path) -> bytes:
    """Return the beginning of an ordinary file. Nobody waits for who writes into a FIFO."""
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return b""
    with os.fdopen(descriptor, "rb") as opened:
        return opened.read(LARGEST + 1)


def _leading_newlines(text: str) -> int:
    """Count the empty lines that the parser takes for a part of the next variable."""
    blank = text[: len(text) - len(text.lstrip())]
    return blank.count("\n")


def _resolved(value: str, lines: Mapping[str, Line]) -> str:
    """Put the file's own variables in place of `${NAME}`, and none of the real environment."""
    from dotenv.variables import parse_variables

    known = {name: line.value for name, line in lines.items()}
    return "".join(atom.resolve(known) for atom in parse_variables(value))


def _is_outranked(name: str, real: Mapping[str, str]) -> bool:
    others: Iterator[str] = (o for names in ALTERNATIVES if name in names for o in names)
    return any(real.get(other, "").strip() for other in others)


def _is_a_librarys(name: str) -> bool:
    upper = name.upper()
    return upper.startswith("PG") or upper.partition("_")[0] in LIBRARIES
