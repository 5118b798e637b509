"""The one redactor: no secret leaves this process, whole, encoded or in part.

How long a part must be, so that ordinary words stay as they are:

- 8 characters when no word looks like them, because letters and digits are mixed in them or one of
  `@%$!^*+~|` is among them. Less says little of a secret, and would match by chance.
- 16 characters of any kind: no common English word, and no name of this tool, is as long.
- A secret of fewer than 8 characters is hidden where it stands alone, if no word looks like it; a
  password like `test` only between the user and the host of its address.
"""

import base64
import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Any
from urllib.parse import quote, quote_plus

from contributor_backfill.domain.secrets import Secret, secrets_of

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


MASK = "***"
SHORT, LONG = 8, 16
SHORTEST = 4
DISTINCTIVE = re.compile(
    r"[@%$!^*+~|]|\A[0-9]+\Z|[0-9][^a-z]*[a-z]|[a-z][^0-9]*[0-9]", re.IGNORECASE
)
NAMES = (
    "contributor-backfill contributor_backfill progressive-backfill progressive_backfill_state"
    " progressive_capture_jobs postgres postgresql supabase_admin service_role password"
)
"""Public words that a secret may contain, in lower case as everything that is compared."""
LOWER = str.maketrans({upper: upper.lower() for upper in map(chr, range(ord("A"), ord("Z") + 1))})
"""Libraries print hosts in lower case."""
PUNCTUATION = re.compile("[@:]")
MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&])")


@dataclass(frozen=True)
class Redactor:
    """Replace secrets by `***`.

    `forms` are the parts that give a secret away, in lower case, by their length.
    """

    forms: Mapping[int, frozenset[str]] = field(default_factory=dict)
    heads: frozenset[str] = frozenset()
    alone: re.Pattern[str] | None = None

    def __call__(self, text: str) -> str:
        """Return a text without secrets."""
        spans = self.spans(text)
        if not spans:
            return text
        kept = [text[end:start] for (_, end), (start, _) in pairwise([(0, 0), *spans])]
        return MASK.join([*kept, text[spans[-1][1] :]])

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return where secrets stand, in order and apart from each other."""
        # `str.lower` would change the length of some texts, and so every index after them.
        lower, heads = text.translate(LOWER), self.heads
        found = [match.span() for match in self.alone.finditer(lower)] if self.alone else []
        # Nearly no position has the first letters of a secret: only there each length is tried.
        for start in range(len(lower) - SHORT + 1) if heads else ():
            if lower[start : start + SHORTEST] in heads:
                found += [
                    (start, start + length)
                    for length, parts in self.forms.items()
                    if lower[start : start + length] in parts
                ]
        merged: list[tuple[int, int]] = []
        for start, end in sorted(found):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged


# Its making takes milliseconds, and the secrets of a process are learnt once or twice.
@lru_cache(maxsize=1)
def redactor(secrets: frozenset[Secret]) -> Redactor:
    """Return the redactor of secrets."""
    parts: set[str] = set()
    alone: set[str] = set()
    for secret in secrets:
        for form, context in _forms(secret):
            parts.update(_parts(form.translate(LOWER), context))
        alone.update(_alone(secret))
    forms = {
        length: frozenset(part for part in parts if len(part) == length)
        for length in sorted({len(part) for part in parts})
    }
    return Redactor(
        forms=forms,
        heads=frozenset(part[:SHORTEST] for part in parts),
        alone=re.compile("|".join(sorted(alone, key=len, reverse=True))) if alone else None,
    )


def _parts(form: str, context: tuple[int, int]) -> Iterator[str]:
    """Yield the parts of a form that give it away and reach into the secret itself.

    `context` are the lengths of the public text before and after it.
    """
    before, after = context
    secret = form[before : len(form) - after]
    if SHORT <= len(secret) <= LONG and not is_public(secret):
        yield secret
    for length in (SHORT, LONG):
        first = max(0, before - length + 1)
        last = min(len(form) - after - 1, len(form) - length)
        for start in range(first, last + 1):
            part = form[start : start + length]
            if (length == LONG or is_distinctive(part)) and not is_public(part):
                yield part


def is_public(part: str) -> bool:
    """Tell whether there is nothing but public words in it, as in `postgres:password@`."""
    return all(word in NAMES for word in PUNCTUATION.split(part))


def is_distinctive(part: str) -> bool:
    """Tell whether no ordinary word looks like a part of a secret."""
    return DISTINCTIVE.search(part) is not None


def _alone(secret: Secret) -> Iterator[str]:
    """Yield patterns of what is too short to be hidden wherever it comes up."""
    for piece in secret.pieces:
        # As in: invalid integer value "piece" for connection option "port".
        yield rf"(?<=[\"']){re.escape(piece.translate(LOWER))}(?=[\"'])"
    if secret.pieces:
        # As in: Failed to parse: user:piece
        first = f"{secret.before}{secret.pieces[0]}".translate(LOWER)
        yield rf"(?<![a-z0-9]){re.escape(first)}(?![a-z0-9])"
    text = secret.text.translate(LOWER)
    if SHORTEST <= len(text) < SHORT and is_distinctive(text):
        yield rf"(?<![a-z0-9]){re.escape(text)}(?![a-z0-9])"


def _forms(secret: Secret) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the forms in which libraries and formats write a secret, with their context."""
    if secret.is_name and (len(secret.text) < SHORT or not is_distinctive(secret.text)):
        return
    context = (len(secret.before), len(secret.after))
    yield f"{secret.before}{secret.text}{secret.after}", context
    written = _written(secret.text)
    # Escaped twice: a record in JSON of an error that is the `repr` of another.
    twice = {again for form in written - {secret.text} for again in _escaped(form)}
    for form in {secret.text, *written, *twice}:
        yield form, (0, 0)
    for form in _base64(f"{secret.before}{secret.text}", len(secret.before)):
        yield form, (0, 0)


def _written(text: str) -> set[str]:
    in_utf_8 = text.encode(errors="surrogatepass")
    return _escaped(text) | {
        quote(text, safe="", errors="replace"),
        quote(text, errors="replace"),
        quote_plus(text, errors="replace"),
        *_in_html(text),
        shlex.quote(text),
        MARKDOWN.sub(r"\\\1", text),
        one_line(text),
        in_utf_8.decode("latin-1"),
        repr(in_utf_8)[2:-1],
        *(_alignments(in_utf_8) if text else ()),
    }


def _in_html(text: str) -> Iterator[str]:
    """Yield what `html` and `markupsafe` make of it; `html` itself is slow to import."""
    basic = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    yield basic.replace('"', "&quot;").replace("'", "&#x27;")
    yield basic.replace('"', "&#34;").replace("'", "&#39;")


def _escaped(text: str) -> set[str]:
    return {
        repr(text)[1:-1],
        ascii(text)[1:-1],
        json.dumps(text)[1:-1],
        json.dumps(text, ensure_ascii=False)[1:-1],
        text.encode("unicode_escape", "surrogatepass").decode("ascii"),
        text.replace("'", "\\'").replace('"', '\\"'),
    }


def _base64(user_information: str, user: int) -> Iterator[str]:
    """Yield `user:password` as basic authentication writes it."""
    if user:
        yield from _alignments(user_information.encode(errors="surrogatepass"))


def _alignments(secret: bytes) -> Iterator[str]:
    """Yield what base64 makes of a secret at each of the three places that it can begin at.

    The characters that its neighbours have a share in are left out.
    """
    for before, unsure in ((0, 0), (1, 2), (2, 3)):
        padded = b"\0" * before + secret
        sure = len(padded) * 8 // 6
        text = base64.b64encode(padded).decode("ascii")[unsure:sure]
        yield text
        yield text.replace("+", "-").replace("/", "_")


@dataclass
class Known:
    """The secrets of this process."""

    secrets: frozenset[Secret] = frozenset()


KNOWN = Known()


def learn(variables: Mapping[str, str]) -> None:
    """Hide the secrets in variables from now on, wherever this process shows or writes a text."""
    KNOWN.secrets |= secrets_of(variables)


def redacted(text: str) -> str:
    """Return a text without the secrets of this process."""
    return redactor(KNOWN.secrets)(text)


def redacted_document(document: Any) -> Any:
    """Return a JSON document whose texts hold no secret of this process."""
    if isinstance(document, str):
        return redacted(document)
    if isinstance(document, dict):
        return {redacted_document(k): redacted_document(v) for k, v in document.items()}
    if isinstance(document, list | tuple):
        return type(document)(redacted_document(item) for item in document)
    return document


def shown(text: object) -> str:
    """Return a text from outside as a person may see it: one printable line without secrets."""
    return harmless(on_one_line(text))


def on_one_line(text: object) -> str:
    """Return a text as one line of a document, where the runner reads no commands."""
    # Twice: a secret may be whole only before its line breaks are gone, or only after.
    return redacted(one_line(redacted(str(text))))
