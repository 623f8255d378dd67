"""Which services KEDA scales, which it no longer may, and whether a platform needs it."""

from collections.abc import Mapping

from settings.derived.autoscaling.names import OFF, ON
from settings.derived.deployed import Deployed
from settings.models.cluster import ClusterSettings
from settings.models.services.base import ServiceSettings


def autoscaled(services: Mapping[str, ServiceSettings], deployed: Deployed | None) -> dict[str, str]:
    """Services by name to whether KEDA scales them; those that it never scaled are not in it.

    Who scaled a service is remembered for good: from then on its Deployment takes ``spec.replicas`` from whoever wrote it.
    """
    before = deployed.autoscaled if deployed else {}
    return {
        name: ON if service.autoscale else OFF
        for name, service in services.items()
        if service.autoscale or name in before
    }


def handed_back(services: Mapping[str, ServiceSettings], deployed: Deployed | None) -> frozenset[str]:
    """Services whose autoscaling ends with this update: KEDA scales them to their fixed number, and then no more.

    Their ScaledObject goes with the next update only. Pulumi deletes after everything else, and until then the HPA would
    overwrite the number that this update sets.
    """
    before = deployed.autoscaled if deployed else {}
    return frozenset(name for name, service in services.items() if not service.autoscale and before.get(name) == ON)


def needs_keda(
    services: Mapping[str, ServiceSettings], cluster: ClusterSettings | None, deployed: Deployed | None
) -> bool:
    """Whether a platform stack has KEDA: a service has, or had until now, autoscaling, or its settings say so."""
    wanted = cluster is not None and cluster.keda is True
    return wanted or any(one.autoscale for one in services.values()) or bool(handed_back(services, deployed))
