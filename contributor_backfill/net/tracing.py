"""What goes over the network, a line an exchange, for whoever asks with -vv."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

LOG = logging.getLogger("contributor_backfill")


@contextmanager
def traced(what: str) -> Iterator[list[str]]:
    """Log one exchange with its time, and with what the caller adds to the list."""
    began, came = time.monotonic(), list[str]()
    try:
        yield came
    except BaseException as error:
        came.append(type(error).__name__)
        raise
    finally:
        LOG.debug("%s: %s in %.3f s", what, ", ".join(came) or "ok", time.monotonic() - began)
