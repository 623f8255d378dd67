"""Which clients the source ranges of a load balancer let in."""

import ipaddress
from collections.abc import Iterable


def admits(source: str, ranges: Iterable[str], *, scheme: str, pods: Iterable[str]) -> bool:
    """Whether a client is let in; one of this machine takes the place of one beside the pods, in their network.

    Args:
        source: Address of the client.
        ranges: Networks that are let in; none means all.
        scheme: ``internal`` or ``internet-facing``.
        pods: Addresses in the VPC of the pods behind the load balancer.
    """
    client = ipaddress.ip_address(source)
    networks = [ipaddress.ip_network(block) for block in ranges]
    if not networks or any(client in network for network in networks):
        return True
    if not client.is_loopback or scheme != "internal":
        return False
    return any(ipaddress.ip_address(pod) in network for pod in pods for network in networks)
