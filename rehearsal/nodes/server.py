"""What the agent answers to the supervisor and the command line: health and status."""

import contextlib
import socket
from collections.abc import Callable, Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from rehearsal.charts.web import chart_routes
from rehearsal.nodes.api import Object
from rehearsal.nodes.kubelet import Kubelet
from rehearsal.nodes.registry import Registry
from rehearsal.nodes.services import ServiceProxy


class Server(uvicorn.Server):
    """A server that leaves signals to the agent."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do nothing."""
        yield


def status_app(
    kubelet: Kubelet, registry: Registry, balancers: Callable[[], list[Object]], proxy: ServiceProxy
) -> Starlette:
    """`/healthz`, `/status`, the chart repository, the failure of a node, and the reclaim of one by spot."""

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def status(_: Request) -> Response:
        nodes = [
            {
                "name": machine.name,
                "group": machine.group,
                "pool": machine.pool,
                "instance": machine.instance_id,
                "capacity_type": machine.capacity_type,
                "failed": machine.failed,
                "cluster": machine.cluster,
                "instance_type": machine.instance_type,
                "zone": machine.zone,
                "gpus": machine.gpus,
                "instance_tags": machine.tags,
            }
            for machine in registry.machines.values()
        ]
        pods = [runner.summary for runner in kubelet.runners.values()]
        said = {"nodes": nodes, "pods": pods, "load_balancers": balancers(), "aws_problem": registry.cloud_error}
        return JSONResponse(said | {"service_problems": proxy.problems})

    async def fail(request: Request) -> Response:
        known = await registry.fail(request.path_params["name"])
        return PlainTextResponse("stopped" if known else "no such node", status_code=200 if known else 404)

    async def reclaim(request: Request) -> Response:
        known = registry.reclaim(request.path_params["name"], float(request.path_params["seconds"]))
        return PlainTextResponse("warned" if known else "no such spot node", status_code=200 if known else 404)

    routes = [
        Route("/healthz", healthz),
        Route("/status", status),
        Route("/nodes/{name}/fail", fail, methods=["POST"]),
        Route("/nodes/{name}/reclaim/{seconds:float}", reclaim, methods=["POST"]),
    ]
    return Starlette(routes=[*routes, *chart_routes()])


async def serve_status(app: Starlette, sock: socket.socket) -> None:
    """Serve on a socket."""
    config = uvicorn.Config(app, log_level="warning", lifespan="off", ws="none")
    await Server(config).serve(sockets=[sock])
