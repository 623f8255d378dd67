"""Who may use a kubelet: certificates, tokens, and the API server's decision."""

import asyncio
from typing import Any

import pytest

from rehearsal.controlplane.pki import User
from rehearsal.nodes import kubelet_auth
from rehearsal.nodes.kubelet_auth import KubeletAuth

METRICS = User(name="system:serviceaccount:kube-system:metrics-server", groups=("system:serviceaccounts",))


class Reviews:
    """An API server that knows one token and allows one thing."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    async def create(self, path: str, obj: dict[str, Any]) -> dict[str, Any]:
        self.calls.append(path.rpartition("/")[2])
        spec = obj["spec"]
        if path.endswith("tokenreviews"):
            user = {"username": METRICS.name, "groups": list(METRICS.groups)}
            return {"status": {"authenticated": True, "user": user} if spec["token"] == "good" else {}}
        assert spec["resourceAttributes"]["resource"] == "nodes"
        asked = {key: spec["resourceAttributes"][key] for key in ("verb", "subresource", "name")}
        return {"status": {"allowed": asked == {"verb": "get", "subresource": "metrics", "name": "node"}}}


def auth_of(reviews: Reviews) -> KubeletAuth:
    api: Any = reviews
    return KubeletAuth(api)


def test_users() -> None:
    auth = auth_of(Reviews())
    subject = ((("organizationName", "system:masters"),), (("commonName", "kube-apiserver-kubelet-client"),))
    expected = User(name="kube-apiserver-kubelet-client", groups=("system:masters",))
    assert asyncio.run(auth.user_of({"subject": subject}, "")) == expected
    assert asyncio.run(auth.user_of(None, "Bearer good")) == METRICS
    assert asyncio.run(auth.user_of(None, "Bearer bad")) is None
    assert asyncio.run(auth.user_of(None, "Basic good")) is None
    assert asyncio.run(auth.user_of(None, "")) is None


@pytest.mark.parametrize(
    ("method", "path", "node", "allowed"),
    [
        ("GET", "/metrics/resource", "node", True),
        ("GET", "/metrics/resource", "other", False),
        ("POST", "/metrics/resource", "node", False),
        ("GET", "/containerLogs/n/p/c", "node", False),
        ("GET", "/stats/summary", "node", False),
    ],
)
def test_decisions(method: str, path: str, node: str, *, allowed: bool) -> None:
    assert asyncio.run(auth_of(Reviews()).allowed(METRICS, method, path, node)) is allowed


def test_answers_are_kept_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    reviews, now = Reviews(), [1000.0]
    monkeypatch.setattr(kubelet_auth.time, "monotonic", lambda: now[0])
    auth = auth_of(reviews)

    async def ask() -> None:
        user = await auth.user_of(None, "Bearer good")
        assert user
        assert await auth.allowed(user, "GET", "/metrics/resource", "node")

    asyncio.run(ask())
    asyncio.run(ask())
    assert reviews.calls == ["tokenreviews", "subjectaccessreviews"]
    now[0] += 121
    asyncio.run(ask())
    assert reviews.calls == ["tokenreviews", "subjectaccessreviews", "tokenreviews"]
