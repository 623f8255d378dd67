"""Kubelet's API of every node: container logs for the API server, resource metrics for metrics-server."""

import asyncio
import socket
import ssl
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from rehearsal.controlplane.errors import KubeError
from rehearsal.controlplane.pki import Pki
from rehearsal.network import listeners
from rehearsal.network.kinds import Kind
from rehearsal.nodes import resource_metrics
from rehearsal.nodes.kubelet import Kubelet
from rehearsal.nodes.kubelet_auth import KubeletAuth
from rehearsal.nodes.machines import Machine
from rehearsal.nodes.registry import Registry
from rehearsal.nodes.server import Server
from rehearsal.nodes.usage import Key, NodeCounter
from rehearsal.sandbox import Sandbox

_PORT = 10250
_LOCALHOST = IPv4Address("127.0.0.1")
_LOOK_SECONDS = 0.5
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _UNAVAILABLE = 401, 403, 404, 503


def kubelet_app(kubelet: Kubelet, registry: Registry, auth: KubeletAuth) -> Starlette:
    """`/containerLogs/NAMESPACE/POD/CONTAINER` without `--follow`, and `/metrics/resource`."""
    counters: dict[str, NodeCounter] = {}

    async def logs(request: Request) -> Response:
        where = request.path_params
        runner = kubelet.find(where["namespace"], where["pod"])
        file = runner.log_of(where["container"]) if runner else None
        if file is None:
            return PlainTextResponse(f"container {where['container']} not found", status_code=_NOT_FOUND)
        lines = await asyncio.to_thread(_lines, file)
        tail = request.query_params.get("tailLines")
        return PlainTextResponse("".join(lines[-int(tail) :] if tail and int(tail) else lines))

    async def metrics(request: Request) -> Response:
        machine = machine_of(request, registry)
        if machine is None:
            text = "all nodes have this address here: metrics of nodes need a sandbox with network namespaces\n"
            return PlainTextResponse(text, status_code=_NOT_FOUND)
        counter = counters.setdefault(machine.name, NodeCounter())
        share = 1 / max(1, len(registry.machines))
        usage = await asyncio.to_thread(counter.sample, processes_on(kubelet, machine.name), share)
        return Response(resource_metrics.text(usage), media_type="text/plain; version=0.0.4; charset=utf-8")

    async def check(request: Request, call_next: RequestResponseEndpoint) -> Response:
        machine = machine_of(request, registry)
        try:
            user = await auth.user_of(
                getattr(request.state, "certificate", None), request.headers.get("authorization", "")
            )
            if user is None:
                return PlainTextResponse("Unauthorized", status_code=_UNAUTHORIZED)
            path, node = request.url.path, machine.name if machine else ""
            if not await auth.allowed(user, request.method, path, node):
                text = f"Forbidden (user={user.name}, verb={request.method.lower()}, resource=nodes, path={path})"
                return PlainTextResponse(text, status_code=_FORBIDDEN)
        except KubeError as error:
            return PlainTextResponse(f"the API server cannot check the request: {error}", status_code=_UNAVAILABLE)
        return await call_next(request)

    return Starlette(
        routes=[
            Route("/containerLogs/{namespace}/{pod}/{container}", logs),
            Route("/metrics/resource", metrics),
        ],
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=check)],
    )


def machine_of(request: Request, registry: Registry) -> Machine | None:
    """The machine whose address the request came to; None where several nodes share one, as on loopback."""
    address = (request.scope.get("server") or ("",))[0]
    found = [machine for machine in registry.machines.values() if machine.address == address]
    return found[0] if found else None


def processes_on(kubelet: Kubelet, node: str) -> list[tuple[Key, int]]:
    """The containers that run on a node, each with its process."""
    return [
        ((runner.namespace, str(runner.pod["metadata"]["name"]), container.name), container.process)
        for runner in kubelet.runners.values()
        if runner.place.machine.name == node
        for container in (*runner.init, *runner.main)
        if container.process is not None
    ]


class CertificateProtocol(H11Protocol):
    """HTTP that hands the client's certificate on, as ``request.state.certificate``."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Note who has connected."""
        super().connection_made(transport)
        certificate: dict[str, Any] | None = transport.get_extra_info("peercert")
        self.app_state = self.app_state | {"certificate": certificate}


def kubelet_socket(sandbox: Sandbox) -> socket.socket:
    """Where the kubelets answer: kubelet's own port on every node's address, or a free one on loopback."""
    if sandbox.network == Kind.NAMESPACES:
        return listeners.bound("0.0.0.0", _PORT)
    return listeners.bound("127.0.0.1", 0)


async def serve_kubelet(app: Starlette, sock: socket.socket, pki: Pki, registry: Registry) -> None:
    """Serve over TLS; a client certificate must be of the sandbox's CA, without one it takes a token."""
    known = await _certificate(pki, registry)
    config = uvicorn.Config(
        app,
        log_level="warning",
        lifespan="off",
        ws="none",
        http=CertificateProtocol,
        ssl_certfile=pki.kubelet,
        ssl_keyfile=pki.kubelet_key,
        ssl_ca_certs=str(pki.ca),
        ssl_cert_reqs=ssl.CERT_OPTIONAL,
    )
    config.load()
    async with asyncio.TaskGroup() as group:
        group.create_task(Server(config).serve(sockets=[sock]))
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if set(registry.machines) != known and config.ssl:
                known = await _certificate(pki, registry)
                # Connections from now on are served with it.
                config.ssl.load_cert_chain(pki.kubelet, pki.kubelet_key)


async def _certificate(pki: Pki, registry: Registry) -> set[str]:
    """Make the certificate for the nodes of now, as EKS's are signed for each node's address; return their names."""
    machines = dict(registry.machines)
    addresses = [_LOCALHOST, *(IPv4Address(machine.address) for machine in machines.values())]
    await asyncio.to_thread(pki.issue_kubelet, addresses, list(machines))
    return set(machines)


def _lines(file: Path) -> list[str]:
    return file.read_text(errors="replace").splitlines(keepends=True) if file.exists() else []
