"""Kubelet's API over TLS: who gets in, and which node answers."""

import asyncio
import os
import socket
import ssl
from ipaddress import IPv4Address
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from cryptography import x509

from rehearsal.controlplane.pki import ADMIN, Pki
from rehearsal.nodes.kubelet_auth import KubeletAuth
from rehearsal.nodes.kubelet_server import kubelet_app, serve_kubelet


class Reviews:
    """An API server that knows one token, and lets admins and metrics-server read the metrics of one node."""

    async def create(self, path: str, obj: dict[str, Any]) -> dict[str, Any]:
        spec = obj["spec"]
        if path.endswith("tokenreviews"):
            known = {"good": "metrics-server", "weak": "other"}.get(spec["token"])
            return {"status": {"authenticated": bool(known), "user": {"username": known}}}
        return {"status": {"allowed": spec["user"] == "metrics-server" or "system:masters" in spec["groups"]}}


class Scene:
    """One node at 127.0.0.1 with one pod of one container, which is this process."""

    def __init__(self, folder: Path) -> None:
        self.pki = Pki(folder)
        self.pki.make("https://127.0.0.1:1", [IPv4Address("127.0.0.1")])
        log = folder / "container.log"
        log.write_text("one\ntwo\n")
        machine = SimpleNamespace(name="node", address="127.0.0.1")
        container = SimpleNamespace(name="main", process=os.getpid())
        runner = SimpleNamespace(
            namespace="llm",
            pod={"metadata": {"name": "pod"}},
            place=SimpleNamespace(machine=machine),
            init=[],
            main=[container],
            log_of=lambda name: log if name == "main" else None,
        )
        kubelet: Any = SimpleNamespace(
            runners={"uid": runner}, find=lambda space, name: runner if (space, name) == ("llm", "pod") else None
        )
        self.registry: Any = SimpleNamespace(machines={"node": machine})
        api: Any = Reviews()
        self.app = kubelet_app(kubelet, self.registry, KubeletAuth(api))

    def get(self, path: str, token: str = "", *, admin: bool = False) -> httpx.Response:
        """Serve, send one GET, and return its answer."""
        context = ssl.create_default_context(cafile=str(self.pki.ca))
        if admin:
            context = self.pki.client_config(ADMIN, "https://127.0.0.1:1").ssl_context()

        async def ask() -> httpx.Response:
            with socket.socket() as sock:
                sock.bind(("127.0.0.1", 0))
                url = f"https://127.0.0.1:{sock.getsockname()[1]}{path}"
                serving = asyncio.create_task(serve_kubelet(self.app, sock, self.pki, self.registry))
                try:
                    async with httpx.AsyncClient(verify=context, timeout=60, trust_env=False) as client:
                        return await self.answer(client, url, {"Authorization": f"Bearer {token}"} if token else {})
                finally:
                    serving.cancel()
                    await asyncio.gather(serving, return_exceptions=True)

        return asyncio.run(ask())

    @staticmethod
    async def answer(client: httpx.AsyncClient, url: str, headers: dict[str, str]) -> httpx.Response:
        """The answer, once the server listens."""
        async with asyncio.timeout(60):
            while True:
                try:
                    return await client.get(url, headers=headers)
                except httpx.ConnectError:
                    await asyncio.sleep(0.05)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_a_client_certificate(scene: Scene) -> None:
    assert scene.get("/containerLogs/llm/pod/main?tailLines=1", admin=True).text == "two\n"
    assert scene.get("/containerLogs/llm/pod/other", admin=True).status_code == 404


@pytest.mark.parametrize(("token", "code"), [("", 401), ("bad", 401), ("weak", 403), ("good", 200)])
def test_tokens(scene: Scene, token: str, code: int) -> None:
    assert scene.get("/metrics/resource", token).status_code == code


def test_its_certificate_is_for_the_nodes_of_now(scene: Scene) -> None:
    scene.registry.machines["other"] = SimpleNamespace(name="other", address="10.0.2.9")
    assert scene.get("/metrics/resource", "good").status_code == 200
    certificate = x509.load_pem_x509_certificate(scene.pki.kubelet.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == {"node", "other"}
    assert IPv4Address("10.0.2.9") in names.get_values_for_type(x509.IPAddress)


def test_metrics_of_the_node_that_was_asked(scene: Scene) -> None:
    page = scene.get("/metrics/resource", "good").text
    assert 'container_cpu_usage_seconds_total{container="main",namespace="llm",pod="pod"}' in page
    scene.registry.machines = {}
    assert scene.get("/metrics/resource", "good").status_code == 404
