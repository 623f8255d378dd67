"""Which services of a stack have a load balancer of their own, and which are reached through the gateway alone."""

from collections.abc import Mapping

from settings.derived.deployed import Deployed
from settings.models.services.base import EndpointSettings, ServiceSettings


def own_balancers(
    services: Mapping[str, ServiceSettings], *, gateway: bool, deployed: Deployed | None
) -> frozenset[str]:
    """Names of the services with a load balancer of their own.

    Where a service does not say, one is made where there is no gateway, where its settings say something of one, and
    where the last update made one: clients that have its address keep it.

    Args:
        services: the stack's services by name.
        gateway: whether its platform has a gateway.
        deployed: the stack's own last update; None if it is not known, which counts as none.
    """
    kept = deployed.balanced if deployed else frozenset[str]()
    return frozenset(
        name for name, service in services.items() if _own(service.endpoint, kept=name in kept, gateway=gateway)
    )


def _own(endpoint: EndpointSettings, *, kept: bool, gateway: bool) -> bool:
    if endpoint.own is not None:
        return endpoint.own
    return not gateway or kept or endpoint.of_a_balancer
