"""What rules of alerts compare a service with: its own thresholds, the pods it is meant to have, and what they cost."""

from settings.derived.monitoring.names import (
    COST_ANNOTATION,
    MAX_REPLICAS_ANNOTATION,
    PARALLEL_ANNOTATION,
    REPLICAS_ANNOTATION,
    START_ANNOTATION,
    alert_annotation,
)
from settings.derived.plan import StackPlan
from settings.models.services.base import ServiceSettings
from settings.models.services.ollama import OllamaSettings


def replica_usd_per_hour(name: str, service: ServiceSettings, plan: StackPlan) -> float | None:
    """US dollars an hour for one pod of service ``name`` on demand, by the planner; None where a price is not known.

    It is the pod's share of its node, and its volume; a load balancer costs the same for any number of pods.
    """
    cost = next((one for one in plan.cost.services if one.name == name), None)
    if cost is None or cost.node_usd_per_hour is None:
        return None
    return (cost.node_usd_per_hour + cost.volumes_usd_per_hour) / service.most_replicas


def parallel_requests(service: ServiceSettings) -> int | None:
    """Requests that a pod runs at once where its engine has no metrics, so that no other figure says whether any wait; None else."""
    return service.parallel if isinstance(service, OllamaSettings) else None


def alert_annotations(name: str, service: ServiceSettings, plan: StackPlan) -> dict[str, str]:
    """Annotations of the Kubernetes Service of service ``name``."""
    annotations = {alert_annotation(key): f"{value:.10g}" for key, value in service.alerts.given.items()}
    annotations[REPLICAS_ANNOTATION] = str(service.least_replicas)
    if service.autoscale:
        annotations[MAX_REPLICAS_ANNOTATION] = str(service.most_replicas)
    parallel = parallel_requests(service)
    if parallel is not None:
        annotations[PARALLEL_ANNOTATION] = str(parallel)
    annotations[START_ANNOTATION] = str(plan.timings[name].expected)
    usd = replica_usd_per_hour(name, service, plan)
    if usd is not None:
        annotations[COST_ANNOTATION] = f"{usd:.4f}"
    return annotations
