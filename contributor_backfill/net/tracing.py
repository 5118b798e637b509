"""Log requests over the network, a line each: -vv shows them."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

LOG = logging.getLogger("contributor_backfill")


@contextmanager
def traced(request: str) -> Iterator[list[str]]:
    """Log a request with its time, and with the notes that the caller adds to the list."""
    began, notes = time.monotonic(), list[str]()
    try:
        yield notes
    except BaseException as error:
        notes.append(type(error).__name__)
        raise
    finally:
        LOG.debug("%s: %s in %.3f s", request, ", ".join(notes) or "ok", time.monotonic() - began)
