"""A browser's side of the portal: signs in, asks, applies, waits; gets over a portal that is gone for a moment."""

import time
from typing import Any, Self

import httpx

from portal.bench.server import BenchError, Server

SERVICE = {
    "platform": "dev",
    "name": "qwen",
    "model": "Qwen/Qwen3-4B-Instruct-2507",
    "pool": "g5",
    "max_model_len": 8192,
    "weights": {"source": "hub", "size_gib": 7.5},
}
_ENDED = {"succeeded", "failed", "refused", "stale", "cancelled", "interrupted"}
_WAIT_SECONDS = 900.0


class Person:
    """A user signed in to a portal."""

    def __init__(self, server: Server, login: str) -> None:
        """Sign in.

        Raises:
            BenchError: the portal says no.
        """
        self._server = server
        self.client = httpx.Client(base_url=server.url, timeout=120, trust_env=False)
        answer = self.client.post("/sign-in", data={"login": login, "password": server.password})
        if answer.status_code != httpx.codes.SEE_OTHER:
            raise BenchError(f"{login} cannot sign in: {answer.status_code}")

    def __enter__(self) -> Self:
        """Nothing more to do."""
        return self

    def __exit__(self, *_raised: object) -> None:
        """Close the connections."""
        self.client.close()

    def get(self, path: str) -> Any:
        """Return the JSON of a GET request."""
        return self.client.get(f"/api/v1{path}").raise_for_status().json()

    def send(self, method: str, path: str, body: Any) -> httpx.Response:
        """Send a request that changes something, with the token that forms need."""
        token = self.get("/form-token")["token"]
        return self.client.request(method, f"/api/v1{path}", json=body, headers={"X-CSRF-Token": token})

    def accepted(self, method: str, path: str, body: Any) -> dict[str, Any]:
        """Change something that must be accepted.

        Raises:
            BenchError: it was refused.
        """
        answer = self.send(method, path, body)
        if answer.status_code != httpx.codes.ACCEPTED:
            raise BenchError(f"{method} {path}: {answer.status_code} {answer.text}")
        found: dict[str, Any] = answer.json()
        return found

    def ended(self, job: str) -> dict[str, Any]:
        """Wait for a job's end, through restarts of the portal.

        Raises:
            BenchError: it does not end.
        """
        began = time.monotonic()
        while time.monotonic() - began < _WAIT_SECONDS:
            try:
                found: dict[str, Any] = self.get(f"/jobs/{job}")
            except httpx.TransportError:
                time.sleep(0.3)
                continue
            if found["status"] in _ENDED:
                return found
            time.sleep(0.3)
        raise BenchError(f"job {job} did not end in {_WAIT_SECONDS:.0f} s")
