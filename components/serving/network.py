"""NetworkPolicies of the pods that serve a model."""

from collections.abc import Mapping, Sequence

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
    scraped_from: Sequence[str] = (),
    measured_by: Sequence[Mapping[str, str]] = (),
) -> k8s.networking.v1.NetworkPolicy:
    """Requests from the load balancer's subnets and from the gateway, scrapes from namespaces with monitoring; out to DNS and
    HTTPS.

    The load balancer does not keep the client's address, so its own subnets are all that arrives; which clients it
    serves is decided by its security group, made from the service's source ranges. A service that only the gateway reaches
    admits no subnet. Probes and port-forwarding come
    from the node itself, which no policy keeps out. Without ``scraped_from`` no scrapes are admitted, and without
    ``measured_by``, labels of pods of its namespace, no benchmark.
    """
    balanced = scope.name in context.plan.balanced
    subnets = context.facts.load_balancer_cidrs[endpoint.scheme] if balanced else ()
    gateway = context.facts.gateway
    namespaces = [*([gateway.namespace] if gateway else []), *scraped_from]
    return network_policy(scope, [ingress_rule(port, cidrs=subnets, namespaces=namespaces, pods=measured_by)])
