"""Guards of stdout and stderr: nothing that is written there holds a secret or a control code.

`main` puts a guard before both streams, so that it also holds for click, rich, warnings, tracebacks
and what libraries log.
"""

import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO, cast

from contributor_backfill.domain.redaction import KNOWN, LONG, MASK, escaped, harmless, redactor

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

COLOURS = r"\x1b\[[0-9;:]*m"
"""Off a terminal too: whoever sets FORCE_COLOR wants them."""
MOVES = r"\x1b\[[0-9;:?]*[A-Za-z]|\r"
"""How rich draws progress and the live screen."""
CONTROLS = "[\x00-\x08\x0b-\x1f\x7f-\x9f]"
PIECES = re.compile(r"[^\n]*\n|[^\n]+")
ANNOTATION = re.compile(r"::(?:error|warning|notice) title=contributor-backfill::")


def open_streams() -> None:
    """Give streams that were closed before this process began a reader who throws all away.

    Else the next file or connection would take their number, and be written to by mistake.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            # Both ways, because the number may be that of stdin.
            nowhere = os.open(os.devnull, os.O_RDWR)
            if _is_free(number):
                os.dup2(nowhere, number)
            setattr(sys, name, os.fdopen(nowhere, mode))


def _is_free(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return True
    return False


def guard_streams() -> "list[Guard]":
    """Put guards before stdout and stderr, once, and return them."""
    open_streams()
    if not isinstance(sys.stdout, Guard):
        sys.stdout = cast("TextIO", Guard(sys.stdout))
    if not isinstance(sys.stderr, Guard):
        sys.stderr = cast("TextIO", Guard(sys.stderr))
    return [stream for stream in (sys.stdout, sys.stderr) if isinstance(stream, Guard)]


class Guard(io.TextIOBase):
    """A text stream that holds a line back until it is whole or flushed.

    What is flushed before its line is whole goes out at once: of a secret that is cut there, no
    more gets through than is too short to be known.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self.is_unread = False
        """Whether its reader is gone."""
        self.fault: OSError | None = None
        """Why it could not be written, such as a full disk."""
        self._held = ""
        self._line = ""
        """The end of what went out of the present line, as it came."""
        self._in_actions = os.environ.get("GITHUB_ACTIONS") == "true"
        allowed = f"{COLOURS}|{MOVES}" if stream.isatty() else COLOURS
        self._controls = re.compile(f"(?P<allowed>{allowed})|{CONTROLS}")

    def __getattr__(self, name: str) -> Any:
        """Be the stream in everything else, such as `name` and `mode`."""
        return getattr(self._stream, name)

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The stream's."""
        return self._stream.encoding or "utf-8"

    @property
    def errors(self) -> str | None:  # type: ignore[override]
        """The stream's."""
        return self._stream.errors

    @property
    def buffer(self) -> "Bytes":
        """A stream of bytes that ends here too."""
        return Bytes(self)

    def write(self, text: str, /) -> int:
        """Take a text, and pass on the lines that are whole."""
        self._held += text
        end = self._held.rfind("\n") + 1
        if end:
            whole, self._held = self._held[:end], self._held[end:]
            with self._noticing():
                self._pass_on(whole)
        return len(text)

    def flush(self) -> None:
        """Pass on everything."""
        # Python flushes once more as it ends.
        if self.closed:
            return
        held, self._held = self._held, ""
        with self._noticing():
            if held:
                self._pass_on(held)
            self._stream.flush()

    def isatty(self) -> bool:
        """Tell whether the stream is a terminal."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """Return the stream's descriptor."""
        return self._stream.fileno()

    def writable(self) -> bool:
        """Tell whether it can be written."""
        return True

    @contextmanager
    def _noticing(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            self.is_unread = True
            raise
        except OSError as error:
            self.fault = error
            raise

    def _pass_on(self, text: str) -> None:
        safe = "".join(map(self._safe, PIECES.findall(text)))
        try:
            self._stream.write(safe)
        except UnicodeEncodeError:
            # A lone surrogate, or a terminal that is not UTF-8.
            encoding = self.encoding
            self._stream.write(safe.encode(encoding, "backslashreplace").decode(encoding))

    def _safe(self, piece: str) -> str:
        """Return a line, or a piece of one, as it may go out."""
        is_begin = not self._line
        text = self._without_secrets(piece)
        self._line = "" if piece.endswith("\n") else f"{self._line}{piece}"[-4 * LONG :]
        text = self._controls.sub(_allowed, text)
        if self._in_actions and not (is_begin and ANNOTATION.match(text)):
            text = harmless(text) if is_begin else text.replace("##[", "## [")
        return text

    def _without_secrets(self, piece: str) -> str:
        """Hide secrets, also those that begin in what went out before."""
        before = len(self._line)
        whole = f"{self._line}{piece}"
        parts, done = [], before
        for start, end in redactor(KNOWN.secrets).spans(whole):
            if end > before:
                parts += [whole[done : max(start, before)], MASK]
                done = end
        return "".join([*parts, whole[done:]])


class Bytes(io.RawIOBase):
    """The bytes of a guarded stream."""

    def __init__(self, guard: Guard) -> None:
        super().__init__()
        self._guard = guard

    def write(self, data: "ReadableBuffer", /) -> int:
        """Take bytes as UTF-8."""
        content = bytes(data)
        self._guard.write(content.decode(errors="backslashreplace"))
        return len(content)

    def flush(self) -> None:
        """Pass on everything."""
        self._guard.flush()

    def writable(self) -> bool:
        """Tell whether it can be written."""
        return True


def _allowed(match: re.Match[str]) -> str:
    return match["allowed"] or escaped(match[0])
