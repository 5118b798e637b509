"""Handing jobs to Inngest by its event API: `POST {base}/e/{key}` with a list of events.

It answers {"ids": [...], "status": 200}. Events with an id that it had within a day run nothing, so
that sending again is safe. 400, 406, 413 and 422 are about the events; 401, 403 and 404 about the
key, which is a part of the address and never in a message.
"""

from datetime import timedelta
from urllib.parse import quote

from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.handing_over import Impossible, events_of
from contributor_backfill.domain.jobs import Handover
from contributor_backfill.domain.network import DIRECT, Network
from contributor_backfill.operations.outbound import Reply, Undelivered, exchange, is_address
from contributor_backfill.operations.senders import (
    ProcessorClosed,
    Receipt,
    Refused,
    TryLater,
)

ABOUT_THE_EVENTS = frozenset({400, 406, 413, 422})
ABOUT_THE_KEY = frozenset({401, 403, 404})


class InngestSender:
    """Send a job as events. Raises `ProcessorClosed` for an address that cannot be used."""

    def __init__(
        self, clock: Clock, base_url: str, event_key: str, network: Network = DIRECT
    ) -> None:
        if not is_address(base_url):
            raise ProcessorClosed(
                "INNGEST_BASE_URL is not an address that can be used.",
                advice="Leave it out for https://inn.gs; http:// is for localhost alone.",
            )
        self._clock = clock
        self._network = network
        self._url = f"{base_url.rstrip('/')}/e/{quote(event_key, safe='')}"

    def send(self, handover: Handover, /) -> Receipt:
        """Send the job's events. Raises `Refused`, `TryLater` and `ProcessorClosed`."""
        events = events_of(handover)
        if isinstance(events, Impossible):
            raise Refused(events.reason)
        try:
            reply = exchange(self._url, events, self._network)
        except Undelivered as error:
            raise TryLater(f"Inngest: {error}") from None
        if 200 <= reply.status < 300:
            return Receipt(event_ids=_ids(reply))
        raise self._fault(reply)

    def _fault(self, reply: Reply) -> Refused | TryLater | ProcessorClosed:
        if reply.status in ABOUT_THE_EVENTS:
            return Refused(f"Inngest refuses its event ({reply.status})")
        if reply.status in ABOUT_THE_KEY or 300 <= reply.status < 400:
            return ProcessorClosed(
                f"Inngest does not accept the event key ({reply.status}).",
                advice="Copy INNGEST_EVENT_KEY anew from Inngest's dashboard, and check"
                " INNGEST_BASE_URL if it is set. The jobs wait.",
            )
        after = reply.retry_after
        not_before = self._clock.now() + timedelta(seconds=after) if after else None
        return TryLater(f"Inngest answered {reply.status}", not_before)


def _ids(reply: Reply) -> tuple[str, ...]:
    """Return Inngest's own ids of the events; an answer without them is an answer all the same."""
    ids = reply.document.get("ids") if isinstance(reply.document, dict) else None
    return tuple(str(each) for each in ids) if isinstance(ids, list) else ()
