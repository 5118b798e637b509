"""A request as the sandbox sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request. Header names are in small letters; `path` has no query string."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def token(self) -> str:
        """Return the token of `Authorization: bearer …` or `token …`, or "" for none."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() in ("bearer", "token") else ""

    @property
    def server(self) -> str:
        """Return the address under which the client knows the server."""
        host = self.headers.get("host")
        return f"http://{host}" if host else "https://api.github.com"
