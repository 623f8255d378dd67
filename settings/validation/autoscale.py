"""Issues and warnings of autoscaled services beside the rest of a stack: what measures them, what holds their requests, how long
they start.
"""

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from planner.shown import as_yaml
from settings.derived.autoscaling.names import NAMESPACE
from settings.derived.plan import StackPlan
from settings.issues import Issue, join
from settings.models.gateway import LONGEST_HOLD_SECONDS
from settings.models.services.autoscale import AutoscaleSettings
from settings.models.services.base import ServiceSettings
from settings.models.services.cron import twice
from settings.models.services.ollama import OllamaSettings
from settings.validation.partial import PartialSettings

_OF_PLATFORM = "the platform stack"


def check_autoscale(partial: PartialSettings) -> None:
    """Add every issue of autoscaled services, and of a namespace that is KEDA's, whether or not a service is autoscaled."""
    settings = {name: service.autoscale for name, service in partial.services.items() if service.autoscale}
    if partial.own_facts and partial.own_facts.keda and partial.values.get("namespace") == NAMESPACE:
        partial.add_issue(f"{NAMESPACE!r} is the namespace of KEDA: choose another", "namespace")
    _check_removal(partial)
    for name, autoscale in settings.items():
        service = partial.services[name]
        if problem := _no_keda(partial) or _no_metrics(partial, name, service):
            partial.add_issue(problem, "services", name, "autoscale")
        if autoscale.saturation_ratio is not None and isinstance(service, OllamaSettings):
            partial.add_issue(
                "is a share of what vLLM's metrics count, and Ollama has none: omit it; its slots, parallel, are the threshold",
                *("services", name, "autoscale", "saturation_ratio"),
            )
        if autoscale.min == 0:
            _check_zero(partial, name)


def _check_removal(partial: PartialSettings) -> None:
    """Refuse an update that removes KEDA without a word where team stacks may use it.

    Their services would stay as many as they are, with none at zero, and KEDA's CRDs would wait for their ScaledObjects, whose finalizer its
    operator alone removes, until the update fails.
    """
    goes = partial.deployed and partial.deployed.keda and partial.own_facts and not partial.own_facts.keda
    shared = [name for name, pool in partial.pool_facts.items() if pool.team_gpus]
    if not partial.team and goes and shared and partial.cluster and partial.cluster.keda is None:
        partial.add_issue(
            f"is not set, so KEDA goes with this update, and pool {shared[0]} keeps GPUs for team stacks, whose services it may scale: set "
            "true; or false, once none of them has autoscale and each of these stacks has been updated twice",
            "cluster",
            "keda",
        )


def _no_keda(partial: PartialSettings) -> str | None:
    """Why nothing would scale a service; None if something does."""
    if partial.team:
        if partial.platform and not partial.platform.keda:
            return (
                f"needs KEDA, which {_OF_PLATFORM} {partial.values.get('platform')} does not have: set cluster.keda: true there, "
                "or set replicas here"
            )
    elif partial.cluster and partial.cluster.keda is False:
        return "needs KEDA, and cluster.keda is false: omit that, or set replicas here"
    return None


def _no_metrics(partial: PartialSettings, name: str, service: ServiceSettings) -> str | None:
    """Why nothing measures what is requested of a service; None if something does."""
    if not _has_monitoring(partial):
        where = f"monitoring of {_OF_PLATFORM}" if partial.team else "monitoring"
        return f"reads the metrics of Prometheus, and {where} has size none: choose a size, or set replicas here"
    if isinstance(service, OllamaSettings):
        if not partial.has_gateway:
            where = f" on {_OF_PLATFORM}" if partial.team else ""
            return f"needs the gateway, which measures requests: Ollama has no metrics; set gateway{where}, or set replicas here"
        if name in partial.balanced:
            return (
                "counts requests that come through the gateway, and Ollama does not count those of its own load balancer: set "
                "endpoint.own: false, or replicas here"
            )
    return None


def _has_monitoring(partial: PartialSettings) -> bool:
    if partial.team:
        return partial.platform is None or partial.platform.monitoring is not None
    return partial.monitoring is None or partial.monitoring.enabled


def _check_zero(partial: PartialSettings, name: str) -> None:
    """Refuse zero replicas that no request would end."""
    where = ("services", name, "autoscale")
    if not partial.has_gateway:
        place = f" on {_OF_PLATFORM}" if partial.team else ""
        partial.add_issue(
            f"is 0, and nothing in front would hold the request that starts a replica: set gateway{place}, or min: 1",
            *where,
            "min",
        )
    elif name in partial.balanced:
        partial.add_issue(
            "is 0, and requests to the service's own load balancer neither wait nor start a replica: set endpoint.own: false, or "
            "min: 1",
            *where,
            "min",
        )


def autoscale_warnings(services: Mapping[str, ServiceSettings], plan: StackPlan) -> Iterator[Issue]:
    """Warnings of autoscaled services: what saves nothing, and what is over sooner than a start may take."""
    for name, service in services.items():
        if service.autoscale is None:
            continue
        if plan.pool(service.pool).provisioner != "karpenter":
            yield Issue(
                join("services", name, "autoscale"),
                f"has {service.autoscale.min} to {service.autoscale.max} pods, and pool {service.pool} is a node group, which has the nodes for "
                f"{service.autoscale.max} all the time: fewer pods cost as much; take a pool with provisioner: karpenter, or set replicas",
            )
        yield from _clock_warnings(name, service.autoscale)
        if service.autoscale.min == 0:
            yield from _zero_warnings(name, service.autoscale, plan)


def _zero_warnings(name: str, autoscale: AutoscaleSettings, plan: StackPlan) -> Iterator[Issue]:
    """Warnings where the last replica ends, or the first request is given up, before a slow start is over."""
    where, found, gateway = ("services", name, "autoscale"), plan.autoscaling[name], plan.facts.gateway
    if autoscale.to_zero_after is not None and autoscale.to_zero_after < found.start.slow:
        yield Issue(
            join(*where, "to_zero_after"),
            f"is {autoscale.to_zero_after}, and a replica takes {found.start.words}: where clients stop to retry meanwhile, a slow "
            f"one ends before it serves; set {found.start.slow} or more, or omit it",
        )
    if gateway and found.start.slow > gateway.hold_seconds:
        yield Issue(
            join(*where, "min"),
            f"is 0, a replica takes {found.start.words}, and the gateway holds a request {gateway.hold_seconds} s: what waits "
            f"longer gets 503 with Retry-After until one is ready; {_raise(gateway.hold_seconds)}set min: 1",
        )


def _clock_warnings(name: str, autoscale: AutoscaleSettings) -> Iterator[Issue]:
    """Warnings of schedules whose starts and ends take no turns in the days on which clocks are put forward."""
    for place, one in enumerate(autoscale.schedule):
        found = twice(one.start, one.end, ZoneInfo(one.timezone))
        if found:
            again, at = found
            key, skipped, other, keeps = (
                ("end", one.end, "start", "does not have")
                if again == one.start
                else ("start", one.start, "end", "keeps")
            )
            yield Issue(
                join("services", name, "autoscale", "schedule", place, key),
                f"{as_yaml(skipped)} does not come on a day such as {at:%d %B}, when clocks of {one.timezone} are put forward: the service "
                f"{keeps} these replicas from the {other} before to the next one; choose a time that they do not skip",
            )


def _raise(hold_seconds: int) -> str:
    """What may help before ``min: 1``: nothing where the hold is as long as it can be."""
    return "raise gateway.hold_seconds, or " if hold_seconds < LONGEST_HOLD_SECONDS else ""
