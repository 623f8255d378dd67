"""NetworkPolicies of the pods that serve a model."""

import pulumi_kubernetes as k8s

from components.kubernetes.network_policy import ingress_rule, network_policy
from components.kubernetes.scope import Scope
from components.serving.context import ServingContext
from settings.models.services.base import EndpointSettings


def service_policy(
    scope: Scope,
    context: ServingContext,
    endpoint: EndpointSettings,
    *,
    port: int,
    monitoring_namespace: str | None = None,
) -> k8s.networking.v1.NetworkPolicy:
    """Requests from the load balancer's subnets, scrapes from the monitoring namespace; out to DNS and HTTPS.

    The load balancer does not keep the client's address, so its own subnets are all that arrives; which clients it
    serves is decided by its security group, made from the service's source ranges. Probes and port-forwarding come
    from the node itself, which no policy keeps out. Without ``monitoring_namespace`` no scrapes are admitted.
    """
    subnets = context.facts.load_balancer_cidrs[endpoint.scheme]
    namespaces = [monitoring_namespace] if monitoring_namespace else []
    return network_policy(scope, [ingress_rule(port, cidrs=subnets, namespaces=namespaces)])
