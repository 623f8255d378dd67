"""Serving the chart repository: routes of the node agent's status port."""

import asyncio

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from rehearsal.charts.address import ROUTE
from rehearsal.engine.toolchain import ToolchainError


async def _file(request: Request) -> Response:
    from rehearsal.charts import repository  # noqa: PLC0415 - brings the settings' models along

    name = request.path_params["file"]
    if name not in repository.file_names():
        return PlainTextResponse(f"{name}: no such file in the chart repository", status_code=404)
    try:
        folder = await asyncio.to_thread(repository.prepare)
    except (ToolchainError, ValueError, OSError) as error:
        return PlainTextResponse(str(error), status_code=503)
    return FileResponse(folder / name)


def chart_routes() -> list[Route]:
    """``/charts/index.yaml`` and the archives beside it; the first request makes them."""
    return [Route(f"{ROUTE}/{{file}}", _file)]
