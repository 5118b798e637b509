"""The API keys of a Supabase project, of both kinds, and the role that each one carries."""

import time
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

import jwt
from jwt.types import Options

from tests.support.postgrest_errors import Refused, error_reply, gateway_reply

_ALGORITHM = "HS256"


@dataclass(frozen=True)
class Identity:
    """The caller: the database role and the claims that functions can read."""

    role: str
    claims: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Keys:
    """The keys that a server accepts."""

    secret_key: str = "sb_secret_for-tests-only"
    publishable_key: str = "sb_publishable_for-tests-only"
    jwt_secret: str = "a-secret-for-tests-that-is-at-least-32-bytes-long"

    @property
    def service_jwt(self) -> str:
        """The legacy key of the role service_role."""
        return self.sign("service_role")

    @property
    def anon_jwt(self) -> str:
        """The legacy key of the role anon."""
        return self.sign("anon")

    def sign(self, role: str, lifetime_seconds: float = 3600) -> str:
        """Return a legacy key; with a negative lifetime it has expired."""
        claims = {"role": role, "exp": int(time.time() + lifetime_seconds)}
        return jwt.encode(claims, self.jwt_secret, algorithm=_ALGORITHM)

    def identify(self, headers: Message) -> Identity:
        """Return who asks, or raise Refused with the gateway's or PostgREST's words.

        A new key goes into `apikey`; an Authorization beside it must be the same or a token.
        A legacy key opens the gateway from `apikey`, but only Authorization gives a role.
        Source: Supabase documentation, "Understanding API keys".
        """
        key = headers.get("apikey", "")
        bearer = headers.get("Authorization", "").removeprefix("Bearer ")
        role = {self.secret_key: "service_role", self.publishable_key: "anon"}.get(key)
        if role and bearer in {"", key}:
            return Identity(role, {"role": role})
        if not role:
            self._open_gateway(key)
        return self._identity_of(bearer) if bearer else Identity("anon")

    def _open_gateway(self, key: str) -> None:
        """Let a legacy key in, also one that has expired: that is PostgREST's to say."""
        if not key:
            raise Refused(gateway_reply("No API key found in request"))
        try:
            self._claims(key, {"verify_exp": False})
        except jwt.PyJWTError:
            raise Refused(gateway_reply("Invalid API key")) from None

    def _identity_of(self, token: str) -> Identity:
        try:
            claims = self._claims(token, {})
        except jwt.PyJWTError as error:
            raise Refused(error_reply(401, "PGRST301", _reason(token, error))) from None
        return Identity(claims.get("role", "anon"), claims)

    def _claims(self, token: str, options: Options) -> dict[str, Any]:
        return jwt.decode(token, self.jwt_secret, algorithms=[_ALGORITHM], options=options)


def _reason(token: str, error: jwt.PyJWTError) -> str:
    """Say in PostgREST's words what is wrong with the token."""
    if isinstance(error, jwt.ExpiredSignatureError):
        return "JWT expired"
    parts = token.count(".") + 1
    if parts != 3:
        wrong = f"Invalid number of parts: Expected 3 parts; got {parts}"
        return f"JWSError (CompactDecodeError {wrong})"
    return "JWSError JWSInvalidSignature"
