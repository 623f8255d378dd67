"""An issuer of RS256 tokens on loopback, with its key set."""

import base64
import hmac
import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

CLIENT = "client-1"


class Issuer:
    """Attributes that tests use: `settings`, the field `oidc` of gateway.json; `failing`, whether it answers 500."""

    def __init__(self, certificate: tuple[Path, Path] | None = None) -> None:
        """Serve plain http, or https with a certificate and its key."""
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.failing = False
        issuer = self
        numbers = self.key.public_key().public_numbers()
        document = {"keys": [{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1"}]}
        document["keys"][0] |= {"n": _number(numbers.n), "e": _number(numbers.e)}
        body = json.dumps(document).encode()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(500 if issuer.failing else 200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self._server.server_port}"
        self.settings = {
            "issuer": self.url,
            "audiences": [],
            "tenant_claim": "client_id",
            "jwks_uri": f"{self.url}/jwks",
        }

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def token(
        self, *, algorithm: str = "RS256", kid: str = "1", key: rsa.RSAPrivateKey | None = None, **claims: Any
    ) -> str:
        """A token of an hour, with these claims instead of the usual ones; None omits one.

        With HS256 the secret is the public key, which a careless verifier takes for one.
        """
        now = int(time.time())
        usual = {"iss": self.url, "client_id": CLIENT, "iat": now, "exp": now + 3600}
        payload = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        signed = ".".join(encoded(json.dumps(part).encode()) for part in ({"alg": algorithm, "kid": kid}, payload))
        if algorithm == "none":
            return f"{signed}."
        if algorithm == "HS256":
            public = self.key.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            return f"{signed}.{encoded(hmac.digest(public, signed.encode(), 'sha256'))}"
        return f"{signed}.{encoded((key or self.key).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def encoded(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _number(value: int) -> str:
    return encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))
