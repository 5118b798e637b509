"""Signatures of webhooks.

https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
"""

import hashlib
import hmac

ALGORITHM = "sha256"


def signature_of(body: bytes, secret: str) -> str:
    """Return what GitHub sends as `X-Hub-Signature-256` for a body of these bytes."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return f"{ALGORITHM}={digest}"


def is_signed(body: bytes, signature: str, secret: str) -> bool:
    """Tell, in constant time, whether a signature is that of these bytes under the secret."""
    expected = signature_of(body, secret).encode()
    return hmac.compare_digest(expected, signature.encode("utf-8", "surrogateescape"))
