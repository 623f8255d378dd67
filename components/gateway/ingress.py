"""The gateway's Service, and the application load balancer in front of it, which the controller makes of an Ingress."""

import json
from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as k8s

from components.gateway.context import GatewayArgs
from components.kubernetes.cluster_service import cluster_service
from components.kubernetes.load_balancer import address_in
from components.kubernetes.scope import Scope
from settings.derived.gateway.names import LISTEN_PORT
from settings.derived.naming import paired_tags
from settings.derived.shutdown import GATEWAY_DRAIN_SECONDS, HEALTH_CHECK_SECONDS

ANNOTATION = "alb.ingress.kubernetes.io/"
INGRESS_CLASS = "alb"
HTTP_PORT, HTTPS_PORT = 80, 443
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
"""TLS 1.2 and 1.3 (Elastic Load Balancing, "Security policies for your Application Load Balancer")."""
PULUMI_TIMEOUT = "15m"
"""A load balancer takes two to five minutes, and its targets must be healthy."""


def service(scope: Scope) -> k8s.core.v1.Service:
    """The Service of the pods: it names them for the load balancer, which sends to their addresses."""
    return cluster_service(scope, {"http": (HTTP_PORT, LISTEN_PORT)})


def ingress(
    scope: Scope,
    args: GatewayArgs,
    *,
    certificate: pulumi.Input[str] | None,
    idle_seconds: int,
    after: Sequence[pulumi.Resource],
) -> k8s.networking.v1.Ingress:
    """The load balancer.

    Args:
        scope: The gateway.
        args: Its arguments.
        certificate: ARN of its certificate; None for plain HTTP.
        idle_seconds: How long a connection may be silent: a held request, and an answer that is not streamed, are.
        after: What must be there first.
    """
    timeouts = pulumi.CustomTimeouts(create=PULUMI_TIMEOUT, update=PULUMI_TIMEOUT)
    backend = k8s.networking.v1.IngressBackendArgs(
        service=k8s.networking.v1.IngressServiceBackendArgs(
            name=scope.name, port=k8s.networking.v1.ServiceBackendPortArgs(name="http")
        )
    )
    path = k8s.networking.v1.HTTPIngressPathArgs(path="/", path_type="Prefix", backend=backend)
    return k8s.networking.v1.Ingress(
        scope.name,
        metadata=scope.metadata(annotations=_annotations(args, certificate, idle_seconds)),
        spec=k8s.networking.v1.IngressSpecArgs(
            ingress_class_name=INGRESS_CLASS,
            rules=[
                k8s.networking.v1.IngressRuleArgs(http=k8s.networking.v1.HTTPIngressRuleValueArgs(paths=[path])),
            ],
        ),
        opts=pulumi.ResourceOptions.merge(scope.options(after), pulumi.ResourceOptions(custom_timeouts=timeouts)),
    )


def _annotations(
    args: GatewayArgs, certificate: pulumi.Input[str] | None, idle_seconds: int
) -> dict[str, pulumi.Input[str]]:
    gateway = args.gateway
    cidrs = gateway.source_ranges or ([args.facts.network_cidr] if args.facts.network_cidr else [])
    annotations: dict[str, pulumi.Input[str]] = {
        "scheme": gateway.scheme,
        "target-type": "ip",
        "listen-ports": json.dumps([{"HTTPS": HTTPS_PORT} if certificate else {"HTTP": HTTP_PORT}]),
        "inbound-cidrs": ",".join(cidrs),
        "healthcheck-path": "/ready",
        "healthcheck-interval-seconds": str(HEALTH_CHECK_SECONDS),
        "healthcheck-timeout-seconds": str(HEALTH_CHECK_SECONDS - 1),
        "healthy-threshold-count": "2",
        "unhealthy-threshold-count": "2",
        "success-codes": "200",
        "load-balancer-attributes": (
            f"idle_timeout.timeout_seconds={idle_seconds},routing.http.drop_invalid_header_fields.enabled=true"
        ),
        # As long as a pod drains: what it still answers is not cut off, and its target is free when the pod is gone.
        "target-group-attributes": (
            f"deregistration_delay.timeout_seconds={GATEWAY_DRAIN_SECONDS},"
            "load_balancing.algorithm.type=least_outstanding_requests"
        ),
        # The controller makes the load balancer, so the AWS provider's default tags do not reach it.
        "tags": ",".join(f"{key}={value}" for key, value in paired_tags(args.naming.tags).items()),
    }
    if certificate:
        annotations |= {"certificate-arn": certificate, "ssl-policy": TLS_POLICY}
    return {ANNOTATION + key: value for key, value in annotations.items()}


def address(made: k8s.networking.v1.Ingress) -> pulumi.Output[str]:
    """The load balancer's DNS name."""
    return made.status.apply(address_in)
