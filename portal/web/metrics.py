"""Charts on a service's page, and the page of what fires, for administrators; both live."""

from collections.abc import AsyncIterable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

from portal.http.current_user import CurrentUserDep, PortalDeps
from portal.http.event_stream import BrowserSlot
from portal.http.fragment_stream import FragmentStream
from portal.metrics.spans import Span
from portal.operations import alerts, metrics
from portal.operations.context import Context
from portal.web import line_charts, live
from portal.web.rendering import page

router = APIRouter()
_CHARTS_SECONDS = 5.0
"""Between two looks at charts, whose values change once a minute."""


def of_service(context: Context, service_id: str, span: Span) -> dict[str, Any]:
    """Return what the charts of a service are rendered from. Raises as ``metrics.of_service``."""
    found = metrics.of_service(context, service_id, span)
    return {"metrics": found, "lines": line_charts.charts(found), "firing": alerts.of_service(context, service_id)}


@router.get("/admin/alerts")
def show(request: Request, deps: PortalDeps, user: CurrentUserDep) -> HTMLResponse:
    """Show what fires."""
    with deps.read_context(user.actor) as context:
        found = alerts.of_platforms(context)
    return page(request, "alerts.html", user, platforms=found)


async def alerts_stream(request: Request, deps: PortalDeps, user: CurrentUserDep) -> FragmentStream:
    """What fires."""
    return await live.stream(
        request, deps, user, "alerts_list.html", lambda context: {"platforms": alerts.of_platforms(context)}
    )


async def metrics_stream(
    service_id: str, request: Request, deps: PortalDeps, user: CurrentUserDep, span: Span = Span.HOUR
) -> FragmentStream:
    """The charts of a service."""
    return await live.stream(
        request, deps, user, "metrics.html", lambda context: of_service(context, service_id, span), _CHARTS_SECONDS
    )


@router.get("/admin/alerts/live", response_class=EventSourceResponse)
async def alerts_live(
    stream: Annotated[FragmentStream, Depends(alerts_stream)], slot: BrowserSlot
) -> AsyncIterable[ServerSentEvent]:
    """Server-sent events with what fires whenever it differs."""
    async for event in stream.events(once=not slot):
        yield event


@router.get("/services/{service_id}/metrics/live", response_class=EventSourceResponse)
async def metrics_live(
    stream: Annotated[FragmentStream, Depends(metrics_stream)], slot: BrowserSlot
) -> AsyncIterable[ServerSentEvent]:
    """Server-sent events with the charts of a service whenever they differ."""
    async for event in stream.events(once=not slot):
        yield event
