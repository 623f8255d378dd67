"""The address that a load balancer's controller writes into the status of a Service or an Ingress."""

import pulumi_kubernetes as k8s

UNASSIGNED = "address-not-assigned-yet"
"""In place of the load balancer's name where a preview does not know it; an update waits until there is one."""


def address_in(status: k8s.core.v1.outputs.ServiceStatus | k8s.networking.v1.outputs.IngressStatus | None) -> str:
    """The load balancer's DNS name, else its IP address, else `UNASSIGNED`."""
    assigned = status.load_balancer.ingress if status and status.load_balancer else None
    return (assigned[0].hostname or assigned[0].ip or UNASSIGNED) if assigned else UNASSIGNED
