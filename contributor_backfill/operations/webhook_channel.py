"""Telling people through a webhook that takes Slack's JSON."""

from contributor_backfill.domain.alerting import Message, Tell
from contributor_backfill.domain.network import DIRECT, Network
from contributor_backfill.operations.alerting import ChannelDown
from contributor_backfill.operations.outbound import Undelivered, post


class WebhookChannel:
    """One message for each telling; it comes twice when a run is killed in between."""

    name = "webhook"
    is_announced = False

    def __init__(self, url: str, network: Network = DIRECT) -> None:
        self._url = url
        self._network = network

    def tell(self, _: Tell, message: Message, /) -> None:
        """Post the message. Raises `ChannelDown`, without the address."""
        try:
            post(self._url, {"text": message.text}, self._network)
        except Undelivered as error:
            raise ChannelDown(
                f"The webhook took no message: {error}.",
                advice="The next run tries again; check CONTRIBUTOR_BACKFILL_ALERT_WEBHOOK.",
            ) from None
