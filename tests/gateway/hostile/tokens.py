"""JSON Web Tokens that a gateway must not take: forged, old, foreign, confused."""

import json
import time
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.gateway.support.issuer import Issuer, encoded

AUDIENCE = "gateway"
FORGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
"""A key that is not the issuer's."""


def claims(issuer: Issuer, **changes: Any) -> dict[str, Any]:
    """Claims of a token of the tenant ``acme``; a change to None removes one."""
    now = int(time.time())
    said = {"iss": issuer.url, "aud": AUDIENCE, "client_id": "acme", "iat": now, "exp": now + 600} | changes
    return {name: value for name, value in said.items() if value is not None}


def sign(key: rsa.RSAPrivateKey, said: dict[str, Any], **header: Any) -> str:
    """A token with RS256."""
    head = {"alg": "RS256", "typ": "JWT", "kid": "1"} | header
    text = f"{encoded(json.dumps(head).encode())}.{encoded(json.dumps(said).encode())}"
    return f"{text}.{encoded(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _with(**changes: Any) -> Callable[[Issuer], str]:
    """A token whose signature is right."""
    return lambda issuer: sign(issuer.key, claims(issuer, **changes))


def _forged(**header: Any) -> Callable[[Issuer], str]:
    """A token that another key has signed."""
    return lambda issuer: sign(FORGER, claims(issuer), **header)


def _parts(issuer: Issuer, **changes: Any) -> tuple[str, str, str]:
    head, body, signature = sign(issuer.key, claims(issuer, **changes)).split(".")
    return head, body, signature


def _unsigned(issuer: Issuer, algorithm: str, signature: str) -> str:
    head = encoded(json.dumps({"alg": algorithm, "typ": "JWT"}).encode())
    return f"{head}.{_parts(issuer)[1]}.{signature}"


def _jwk() -> dict[str, str]:
    numbers = FORGER.public_key().public_numbers()
    return {"kty": "RSA", "n": encoded(numbers.n.to_bytes(256)), "e": encoded(numbers.e.to_bytes(3))}


_NOW = int(time.time())
TOKENS: dict[str, Callable[[Issuer], str]] = {
    "alg none": lambda issuer: _unsigned(issuer, "none", ""),
    "alg None with a signature": lambda issuer: _unsigned(issuer, "None", _parts(issuer)[2]),
    "HS256 with the public key": lambda issuer: issuer.token(algorithm="HS256", **claims(issuer)),
    "other tenant, old signature": lambda issuer: ".".join(
        (_parts(issuer)[0], _parts(issuer, client_id="other")[1], _parts(issuer)[2])
    ),
    "without signature": lambda issuer: ".".join((*_parts(issuer)[:2], "")),
    "two parts": lambda issuer: ".".join(_parts(issuer)[:2]),
    "four parts": lambda issuer: ".".join((*_parts(issuer), _parts(issuer)[2])),
    "forged": _forged(),
    "forged with its own key in the header": _forged(jwk=_jwk()),
    "forged with a key set of its own": _forged(jku="http://127.0.0.1:1/jwks.json", kid="2"),
    "kid of another file": _forged(kid="../../../../dev/null"),
    "expired": _with(exp=_NOW - 120),
    "replayed after a day": _with(iat=_NOW - 90_000, exp=_NOW - 86_400),
    "not yet valid": _with(nbf=_NOW + 3600),
    "without an end": _with(exp=None),
    "end that is a text": _with(exp="never"),
    "other issuer": _with(iss="https://evil.example"),
    "other audience": _with(aud="another"),
    "without a tenant": _with(client_id=None),
    "empty tenant": _with(client_id=""),
    "list of tenants": _with(client_id=["acme"]),
    "tenant by a path": _with(client_id="../TENANT#acme"),
    "unknown tenant": _with(client_id="unknown"),
    "tenant of another case": _with(client_id="ACME"),
}
"""Tokens by what is wrong with them."""
