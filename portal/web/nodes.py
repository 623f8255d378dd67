"""The page of the nodes, for administrators, and the part of a service's page that says where its pods are; both live."""

from collections.abc import AsyncIterable
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

from portal.http.current_user import CurrentUserDep, PortalDeps
from portal.http.event_stream import BrowserSlot
from portal.http.fragment_stream import FragmentStream
from portal.operations import nodes
from portal.web import live
from portal.web.rendering import page

router = APIRouter()


@router.get("/admin/nodes")
def show(request: Request, deps: PortalDeps, user: CurrentUserDep) -> HTMLResponse:
    """Show the nodes of every platform."""
    with deps.read_context(user.actor) as context:
        found = nodes.clusters(context)
    return page(request, "nodes.html", user, clusters=found)


async def nodes_stream(request: Request, deps: PortalDeps, user: CurrentUserDep) -> FragmentStream:
    """The tables of the page of nodes."""
    return await live.stream(
        request, deps, user, "nodes_tables.html", lambda context: {"clusters": nodes.clusters(context)}
    )


async def pods_stream(service_id: str, request: Request, deps: PortalDeps, user: CurrentUserDep) -> FragmentStream:
    """The pods of a service."""
    return await live.stream(
        request, deps, user, "pods.html", lambda context: {"where": nodes.pods(context, service_id)}
    )


@router.get("/admin/nodes/live", response_class=EventSourceResponse)
async def nodes_live(
    stream: Annotated[FragmentStream, Depends(nodes_stream)], slot: BrowserSlot
) -> AsyncIterable[ServerSentEvent]:
    """Server-sent events with the tables whenever they differ."""
    async for event in stream.events(once=not slot):
        yield event


@router.get("/services/{service_id}/pods/live", response_class=EventSourceResponse)
async def pods_live(
    stream: Annotated[FragmentStream, Depends(pods_stream)], slot: BrowserSlot
) -> AsyncIterable[ServerSentEvent]:
    """Server-sent events with the pods of a service whenever they differ."""
    async for event in stream.events(once=not slot):
        yield event
