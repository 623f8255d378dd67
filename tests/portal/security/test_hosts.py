"""Under which names the portal answers."""

from collections.abc import Callable

import pytest

from tests.portal.people import Portal


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_are_answered_under_any_name(build: Callable[..., Portal], sqlite_url: str, path: str):
    portal = build(
        sqlite_url,
        sign_in="oidc",
        host="0.0.0.0",  # noqa: S104  as in a container; nothing listens here
        public_url="https://portal.example",
        oidc_issuer="https://issuer.example",
        oidc_client_id="portal",
    )
    portal.work(1)
    for host in ("127.0.0.1:8000", "10.0.3.7:8000"):
        assert portal.client.get(path, headers={"host": host}).status_code == 200
        assert portal.client.get("/openapi.json", headers={"host": host}).status_code == 400
    assert [entry.action for entry in portal.audit()] == ["GET /openapi.json"] * 2, "no probe is in the log"
