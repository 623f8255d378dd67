"""API of the nodes: those of every platform for administrators, and those that a service's pods are on or wait for."""

from fastapi import APIRouter

from portal.http.current_user import PortalDeps, Reader
from portal.operations import nodes
from portal.operations.nodes import ClusterView, ServicePodsView

router = APIRouter(prefix="/api/v1", tags=["nodes"])


@router.get("/nodes")
def list_nodes(deps: PortalDeps, actor: Reader) -> list[ClusterView]:
    """List the nodes of every platform, with pending NodeClaims; for administrators."""
    with deps.read_context(actor) as context:
        return nodes.clusters(context)


@router.get("/services/{service_id}/pods")
def list_pods(service_id: str, deps: PortalDeps, actor: Reader) -> ServicePodsView:
    """List the pods of a service, the node each is on, and what it waits for."""
    with deps.read_context(actor) as context:
        return nodes.pods(context, service_id)
