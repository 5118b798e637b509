"""Sessions of `requests` that go where our own settings say, and as whom they say."""

from typing import Any

import requests
from requests.adapters import HTTPAdapter

from contributor_backfill.domain.addresses import Unreadable, parse
from contributor_backfill.domain.network import DIRECT, Network, Proxy
from contributor_backfill.net.connections import bound, certificates
from contributor_backfill.net.responses import ACCEPTED


class BoundedAdapter(HTTPAdapter):
    """Give each response so many seconds in all."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the connections to hosts."""
        super().init_poolmanager(*args, **kwargs)
        bound(self.poolmanager, self._seconds)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Make the connections through a proxy."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        bound(manager, self._seconds)
        return manager


class Session(requests.Session):
    """A session without `.netrc`; proxies and certificates are the network's."""

    def __init__(self, network: Network = DIRECT, seconds: float = 60) -> None:
        super().__init__()
        self._network = network
        # Else `requests` would replace our token by a password from `.netrc`.
        self.trust_env = False
        self.headers["Accept-Encoding"] = ACCEPTED
        for scheme in ("https://", "http://"):
            self.mount(scheme, BoundedAdapter(seconds))

    def proxy_for(self, url: str) -> Proxy | None:
        """Return the proxy on the way to a URL. Raises `NotConfigured` for one of no use."""
        try:
            return self._network.proxy_for(parse(url))
        except Unreadable:
            return None

    def merge_environment_settings(
        self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any
    ) -> Any:
        """Add the network's proxy and certificates to what a request says."""
        proxy = self.proxy_for(url)
        settings: Any = super().merge_environment_settings(url, proxies, stream, verify, cert)
        settings["proxies"] = {"https": proxy.url} if proxy else {}
        if url.startswith("https:"):
            settings["verify"] = certificates(self._network) or settings["verify"]
        return settings
