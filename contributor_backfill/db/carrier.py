"""What carries the requests of Supabase's client: bounded in time and size, and by our own way.

The client takes an `httpx.Client`, whose own transport bounds neither how long a response may take
in all nor how large it may be, unpacked.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from ssl import SSLContext
from typing import Any

import httpx
from urllib3 import PoolManager, ProxyManager, Timeout, make_headers
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
)

from contributor_backfill.domain.addresses import parse
from contributor_backfill.domain.errors import StoreFault
from contributor_backfill.domain.network import Network, Proxy, proxy_fails
from contributor_backfill.net.deadlines import bound
from contributor_backfill.net.reading import MEBIBYTE, Garbled, Limit, TooLong, read_body
from contributor_backfill.net.trust import certificates

LIMIT = Limit(packed=16 * MEBIBYTE, unpacked=64 * MEBIBYTE)
"""A call answers with one object: for two thousand repositories `status` has 2 MB."""
ABOUT_THE_BODY = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class Carrier(httpx.BaseTransport):
    """Send each request over one pool of connections to one project."""

    def __init__(self, url: str, network: Network, seconds: float) -> None:
        self._proxy = network.proxy_for(parse(url))
        # httpx's context has the certificates that it comes with.
        verify = certificates(network)
        trust = httpx.create_ssl_context(trust_env=False) if verify is None else None
        self._pool = _pool(self._proxy, trust, verify)
        bound(self._pool, seconds)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response, read to its end. Raises errors of httpx, and our own."""
        waits = request.extensions["timeout"]
        with self._translated(request):
            response = self._pool.urlopen(
                request.method,
                str(request.url),
                redirect=False,
                retries=False,
                body=_body(request),
                headers=dict(request.headers),
                timeout=Timeout(connect=waits["connect"], read=waits["read"]),
                preload_content=False,
                decode_content=False,
            )
            try:
                body = read_body(response, LIMIT)
            except BaseException:
                response.close()
                raise
            response.release_conn()
        kept = [(k, v) for k, v in response.headers.items() if k.lower() not in ABOUT_THE_BODY]
        return httpx.Response(response.status, headers=kept, content=body)

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    @contextmanager
    def _translated(self, request: httpx.Request) -> Iterator[None]:
        """Raise what went wrong as httpx says it."""
        try:
            yield
        except TooLong as error:
            raise StoreFault(f"Supabase's response cannot be used: {error}.") from None
        except Garbled as error:
            raise httpx.DecodingError(str(error), request=request) from None
        except ProxyError as error:
            if self._proxy is None:
                raise httpx.ProxyError("proxy", request=request) from error
            raise proxy_fails(self._proxy) from None
        except NewConnectionError as error:
            raise httpx.ConnectError("no connection", request=request) from error
        except ConnectTimeoutError as error:
            raise httpx.ConnectTimeout("no connection", request=request) from error
        except ReadTimeoutError as error:
            raise httpx.ReadTimeout("no response", request=request) from error
        except HTTPError as error:
            raise httpx.RemoteProtocolError(type(error).__name__, request=request) from error


def _body(request: httpx.Request) -> bytes:
    """Return what is sent, which a hook may have replaced since the request was made."""
    return b"".join(request.stream) if isinstance(request.stream, httpx.ByteStream) else b""


def _pool(proxy: Proxy | None, trust: SSLContext | None, verify: str | None) -> PoolManager:
    kind = "ca_cert_dir" if verify and Path(verify).is_dir() else "ca_certs"
    named: dict[str, Any] = {"ssl_context": trust, kind: verify, "cert_reqs": "CERT_REQUIRED"}
    if proxy is None:
        return PoolManager(**named)
    login = make_headers(proxy_basic_auth=f"{proxy.user}:{proxy.password}") if proxy.user else None
    return ProxyManager(f"{proxy.scheme}://{proxy}", proxy_headers=login, **named)
