"""Which certificates are believed, where the environment names a file of them."""

import ssl
from pathlib import Path

from contributor_backfill.domain.errors import NotConfigured
from contributor_backfill.domain.network import Network


def certificates(network: Network) -> str | None:
    """Return the file or folder that is named, if any. Raises `NotConfigured` for a bad one."""
    name, value = network.certificates
    if not value:
        return None
    path = Path(value)
    try:
        if not path.is_dir():
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except (OSError, ValueError):
        raise NotConfigured(
            f"{name} names no file of certificates.",
            advice="Correct or unset it; it is a file in PEM format.",
        ) from None
    return value
