"""An OpenID Connect issuer on loopback: discovery, keys, authorization code with PKCE."""

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import uvicorn
from fastapi import FastAPI, Form
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT = "portal"
SECRET = "client-secret"


class Issuer:
    """Signs in whoever ``claims`` says."""

    def __init__(self) -> None:
        self.url = ""
        self.claims: dict[str, Any] = {"sub": "42", "email": "rosa@example.org", "name": "Rosa"}
        self.refuse = False
        self.wrong_nonce = False
        self._key = RSAKey.generate_key(2048, {"kid": "1"})
        self._codes: dict[str, dict[str, str]] = {}

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        def discovery() -> dict[str, Any]:
            return {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
            }

        @app.get("/keys")
        def keys() -> dict[str, Any]:
            return {"keys": [self._key.as_dict(private=False) | {"alg": "RS256", "use": "sig"}]}

        @app.get("/authorize")
        def authorize(redirect_uri: str, state: str, nonce: str, code_challenge: str) -> RedirectResponse:
            if self.refuse:
                return RedirectResponse(f"{redirect_uri}?error=access_denied&state={state}")
            code = secrets.token_urlsafe(8)
            self._codes[code] = {"nonce": nonce, "challenge": code_challenge}
            return RedirectResponse(f"{redirect_uri}?code={code}&state={state}")

        @app.post("/token")
        def token(code: Annotated[str, Form()], code_verifier: Annotated[str, Form()]) -> JSONResponse:
            known = self._codes.pop(code, None)
            digest = hashlib.sha256(code_verifier.encode()).digest()
            if known is None or base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != known["challenge"]:
                return JSONResponse({"error": "invalid_grant"}, 400)
            now = int(time.time())
            claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": known["nonce"]}
            if self.wrong_nonce:
                claims["nonce"] = "another"
            signed = jwt.encode({"alg": "RS256", "kid": "1"}, claims | self.claims, self._key)
            return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": signed})

        return app


@contextmanager
def running() -> Iterator[Issuer]:
    issuer = Issuer()
    server = uvicorn.Server(uvicorn.Config(issuer.app(), host="127.0.0.1", port=0, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    issuer.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield issuer
    finally:
        server.should_exit = True
        thread.join()
