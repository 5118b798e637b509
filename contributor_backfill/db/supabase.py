"""The transport over Supabase's API, with its own client."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from ssl import SSLContext
from typing import Any

import httpx
from postgrest.exceptions import APIError
from supabase import Client, create_client
from supabase.lib.client_options import SyncClientOptions
from urllib3 import PoolManager, ProxyManager, Timeout, make_headers
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
)

from contributor_backfill.db.faults import error_for
from contributor_backfill.db.schema import PUBLIC
from contributor_backfill.domain.addresses import parse
from contributor_backfill.domain.errors import (
    BackfillError,
    NotConfigured,
    StoreFault,
    StoreUnreachable,
)
from contributor_backfill.domain.network import DIRECT, Network, Proxy, proxy_fails
from contributor_backfill.domain.types import Document
from contributor_backfill.net.connections import bound, certificates
from contributor_backfill.net.responses import (
    ACCEPTED,
    MEBIBYTE,
    Garbled,
    Limit,
    TooLong,
    read_body,
    retry_after,
)

TIMEOUT = httpx.Timeout(15, connect=15)
"""A call must be done in two seconds; Supabase ends it after eight."""
SECONDS = 15.0
"""For a whole response, from its first byte to its last."""
LIMIT = Limit(packed=16 * MEBIBYTE, unpacked=64 * MEBIBYTE)
"""A call returns one object: for two thousand repositories `status` has 2 MB."""
ABOUT_THE_BODY = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class RpcTransport:
    """Call functions through PostgREST. The client never repeats a POST by itself."""

    def __init__(
        self, url: str, key: str, network: Network = DIRECT, *, schema: str = PUBLIC
    ) -> None:
        self.calls = 0
        self._schema = schema
        self._status = 0
        self._body = b""
        self._retry_after: float | None = None
        self._key = key
        self._http = httpx.Client(
            transport=_Carrier(url, network, SECONDS),
            trust_env=False,
            headers={"Accept-Encoding": ACCEPTED},
            timeout=TIMEOUT,
            event_hooks={"request": [self._shape_request], "response": [self._note_status]},
        )
        self._client = self._create_client(url)

    def call(self, function: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the function's `jsonb` object."""
        self.calls += 1
        self._status = 0
        try:
            self._body = _as_json(arguments)
            result: Any = self._client.rpc(function, {}).execute().data
        except httpx.HTTPError as error:
            reason = type(error.__cause__ or error).__name__
            raise StoreUnreachable(
                f"Supabase does not answer ({reason}).",
                advice="Check SUPABASE_URL, the network, and whether the project is paused.",
            ) from error
        except APIError as error:
            raise self._error(error) from error
        else:
            return result  # type: ignore[no-any-return]  # RetryingTransport checks what came

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _create_client(self, url: str) -> Client:
        # The key is no user's session: nothing is refreshed, and nothing is kept.
        options = SyncClientOptions(
            httpx_client=self._http,
            schema=self._schema,
            auto_refresh_token=False,
            persist_session=False,
        )
        try:
            return create_client(url, self._key, options)
        except Exception as error:  # noqa: BLE001  # its own and the URL parser's, which repeat all
            raise NotConfigured(
                f"SUPABASE_URL or SUPABASE_SERVICE_KEY cannot be used ({type(error).__name__}).",
                advice="The address looks like https://PROJECT.supabase.co, the key is the"
                " project's service (secret) key.",
            ) from None

    def _shape_request(self, request: httpx.Request) -> None:
        # The client would take all rows apart, and make JSON of them once more.
        request.stream = httpx.ByteStream(self._body)
        request.headers["content-length"] = str(len(self._body))
        if self._key.startswith("sb_"):
            # The new keys are no JWT: as a bearer token they are refused.
            request.headers.pop("authorization", None)

    def _note_status(self, response: httpx.Response) -> None:
        self._status = response.status_code
        self._retry_after = retry_after(response.headers)

    def _error(self, error: APIError) -> BackfillError:
        code = str(error.code or "")
        if code == "PGRST106":
            return _not_exposed(self._schema)
        message = error.message or f"HTTP {self._status}"
        found = error_for(code, message, error.hint or "", status=self._status)
        if isinstance(found, StoreUnreachable):
            found.retry_after = self._retry_after
        return found


def _not_exposed(schema: str) -> NotConfigured:
    return NotConfigured(
        f"Supabase's API does not serve the schema {schema}.",
        advice=f"Add {schema} to its exposed schemas (dashboard: Project Settings, Data API);"
        " `contributor-backfill migrate` makes the schema, CONTRIBUTOR_BACKFILL_SCHEMA names it.",
    )


def _as_json(arguments: dict[str, Any]) -> bytes:
    made = (f"{json.dumps(name)}:{_value(value)}" for name, value in arguments.items())
    return f"{{{','.join(made)}}}".encode()


def _value(value: Any) -> str:
    if isinstance(value, Document):
        return value
    return json.dumps(value.isoformat() if hasattr(value, "isoformat") else value)


class _Carrier(httpx.BaseTransport):
    """Send each request over one pool of connections to one project.

    The client takes an `httpx.Client`, whose own transport bounds neither how long a response may
    take in all nor how large it may be, unpacked.
    """

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
                # A redirect would carry the key to another host; who repeats is RetryingTransport.
                redirect=False,
                retries=False,
                body=_sent(request),
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


def _sent(request: httpx.Request) -> bytes:
    """Return what is sent, which a hook may have replaced since the request was made."""
    return b"".join(request.stream) if isinstance(request.stream, httpx.ByteStream) else b""


def _pool(proxy: Proxy | None, trust: SSLContext | None, verify: str | None) -> PoolManager:
    kind = "ca_cert_dir" if verify and Path(verify).is_dir() else "ca_certs"
    named: dict[str, Any] = {"ssl_context": trust, kind: verify, "cert_reqs": "CERT_REQUIRED"}
    if proxy is None:
        return PoolManager(**named)
    login = make_headers(proxy_basic_auth=f"{proxy.user}:{proxy.password}") if proxy.user else None
    return ProxyManager(f"{proxy.scheme}://{proxy}", proxy_headers=login, **named)
