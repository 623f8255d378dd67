"""What the agent answers: health and status for the supervisor, container logs for the API server."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from rehearsal.controlplane.pki import Pki
from rehearsal.nodes.balancer import Balancers
from rehearsal.nodes.kubelet import Kubelet
from rehearsal.nodes.registry import Registry


class Server(uvicorn.Server):
    """A server that leaves signals to the agent."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do nothing."""
        yield


def status_app(kubelet: Kubelet, registry: Registry, balancers: Balancers) -> Starlette:
    """`/healthz` and `/status`."""

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def status(_: Request) -> Response:
        nodes = [
            {
                "name": machine.name,
                "group": machine.group,
                "cluster": machine.cluster,
                "instance_type": machine.instance_type,
                "zone": machine.zone,
                "gpus": machine.gpus,
                "instance_tags": machine.tags,
            }
            for machine in registry.machines.values()
        ]
        pods = [runner.summary for runner in kubelet.runners.values()]
        said = {"nodes": nodes, "pods": pods, "load_balancers": balancers.status(), "aws_problem": registry.cloud_error}
        return JSONResponse(said)

    return Starlette(routes=[Route("/healthz", healthz), Route("/status", status)])


def logs_app(kubelet: Kubelet) -> Starlette:
    """Kubelet's `/containerLogs/NAMESPACE/POD/CONTAINER`, as far as `kubectl logs` without `--follow` uses it."""

    async def logs(request: Request) -> Response:
        where = request.path_params
        runner = kubelet.find(where["namespace"], where["pod"])
        file = runner.log_of(where["container"]) if runner else None
        if file is None:
            return PlainTextResponse(f"container {where['container']} not found", status_code=404)
        lines = await asyncio.to_thread(_lines, file)
        tail = request.query_params.get("tailLines")
        return PlainTextResponse("".join(lines[-int(tail) :] if tail and int(tail) else lines))

    return Starlette(routes=[Route("/containerLogs/{namespace}/{pod}/{container}", logs)])


def free_socket() -> socket.socket:
    """A loopback socket on a free port, for the logs."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    return sock


async def serve_status(app: Starlette, port: int) -> None:
    """Serve on the sandbox's port."""
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", lifespan="off", ws="none")
    await Server(config).serve()


async def serve_logs(app: Starlette, sock: socket.socket, pki: Pki) -> None:
    """Serve over TLS to who shows a certificate of the sandbox's CA, as the API server does."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        lifespan="off",
        ws="none",
        ssl_certfile=pki.serving,
        ssl_keyfile=pki.serving_key,
        ssl_ca_certs=str(pki.ca),
        ssl_cert_reqs=ssl.CERT_REQUIRED,
    )
    await Server(config).serve(sockets=[sock])


def _lines(file: Path) -> list[str]:
    return file.read_text(errors="replace").splitlines(keepends=True) if file.exists() else []
