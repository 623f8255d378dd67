"""API of what services did and what fires."""

from fastapi import APIRouter

from portal.http.current_user import PortalDeps, Reader
from portal.metrics.spans import Span
from portal.operations import alerts, metrics
from portal.operations.alerts import PlatformAlertsView
from portal.operations.metrics import ServiceMetricsView

router = APIRouter(prefix="/api/v1", tags=["metrics"])


@router.get("/services/{service_id}/metrics")
def get_metrics(service_id: str, deps: PortalDeps, actor: Reader, span: Span = Span.HOUR) -> ServiceMetricsView:
    """Get what a service did in the last hour or day; the first answer may only say that it is being read."""
    with deps.read_context(actor) as context:
        return metrics.of_service(context, service_id, span)


@router.get("/services/{service_id}/alerts")
def list_service_alerts(service_id: str, deps: PortalDeps, actor: Reader) -> PlatformAlertsView:
    """List the alerts of a service, firing and pending."""
    with deps.read_context(actor) as context:
        return alerts.of_service(context, service_id)


@router.get("/alerts")
def list_alerts(deps: PortalDeps, actor: Reader) -> list[PlatformAlertsView]:
    """List the alerts of every platform, firing and pending; for administrators, of their teams only for those of a team."""
    with deps.read_context(actor) as context:
        return alerts.of_platforms(context)
