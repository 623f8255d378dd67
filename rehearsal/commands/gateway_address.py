"""The way to a gateway with a domain from this machine, whose resolver knows nothing of the rehearsal's Route 53."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from rehearsal.controlplane.client import KubeClient
from rehearsal.controlplane.errors import KubeError
from rehearsal.nodes.alb.certificates import CA_FILE
from rehearsal.sandbox import Sandbox, SandboxError
from settings.derived.gateway.names import NAME, NAMESPACE

_PATIENCE_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Way:
    """The load balancer of a gateway."""

    address: str
    """Loopback address of its load balancer."""
    ca: Path
    """Certificate of the CA that signed the load balancer's."""

    def transport(self) -> httpx.BaseTransport:
        """A transport that connects to the address, whatever the name in the URL; Host, SNI and certificate stay the name's."""
        return _Transport(self.address, ssl.create_default_context(cafile=self.ca))

    def in_curl(self, url: str) -> str:
        """Options of curl for ``url`` and the URL itself."""
        parts = httpx.URL(url)
        port = parts.port or 443
        return f"--connect-to {parts.host}:{port}:{self.address}:{port} --cacert {self.ca} {url}"


class _Transport(httpx.HTTPTransport):
    def __init__(self, address: str, context: ssl.SSLContext) -> None:
        super().__init__(verify=context, trust_env=False)
        self._address = address

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions = {**request.extensions, "sni_hostname": request.url.host}
        request.url = request.url.copy_with(host=self._address)
        return super().handle_request(request)


def way_of(sandbox: Sandbox) -> Way:
    """The way to the sandbox's gateway.

    Raises:
        SandboxError: its load balancer has no address, or cannot be found.
    """
    try:
        with KubeClient.from_kubeconfig(sandbox.admin_kubeconfig, patience=_PATIENCE_SECONDS) as client:
            ingress = client.get("networking.k8s.io/v1", "Ingress", NAME, NAMESPACE)
    except (KubeError, OSError) as error:
        raise SandboxError(f"the gateway's load balancer cannot be found: {error}") from error
    if not (address := _address(ingress)):
        raise SandboxError(
            f"the gateway's load balancer has no address: `kubectl --namespace {NAMESPACE} describe ingress {NAME}` says why"
        )
    return Way(address=address, ca=sandbox.nodes / CA_FILE)


def _address(ingress: dict[str, Any]) -> str:
    found = ((ingress.get("status") or {}).get("loadBalancer") or {}).get("ingress") or [{}]
    return str(found[0].get("ip") or "")
