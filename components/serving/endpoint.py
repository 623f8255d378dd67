"""The Kubernetes Service of a model's pods, its network load balancer, its URL and a command that calls it."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pulumi
import pulumi_kubernetes as k8s

from components.kubernetes.load_balancer import address_in
from components.kubernetes.scope import Scope
from components.serving.context import ServingContext
from components.serving.discovery import SecretKey, discovery_labels, gateway_annotations
from settings.derived.alert_settings import alert_annotations
from settings.derived.deployed import cluster_url
from settings.derived.naming import paired_tags
from settings.models.services.base import EndpointSettings, ServiceSettings

HTTP_PORT = 80
ANNOTATION = "service.beta.kubernetes.io/aws-load-balancer-"
IDLE_SECONDS = 3600
"""Longest silence of a connection; AWS allows 6,000 s."""


@dataclass(frozen=True, kw_only=True)
class PodPort:
    """The port on which a server listens in its pods."""

    port: int
    """Port number."""
    health_path: str
    """Path that answers 200 to a GET without a key when the server can serve."""


def endpoint_service(
    scope: Scope,
    context: ServingContext,
    service: ServiceSettings,
    *,
    target: PodPort,
    timeout: str,
    after: Sequence[pulumi.Resource],
    key: SecretKey | None = None,
) -> k8s.core.v1.Service:
    """The Service of the scope's pods: with a network load balancer straight to them, or for the gateway alone.

    Args:
        scope: The workload.
        context: The stack's context.
        service: The service's settings: of its endpoint scheme, source ranges, port and fixed addresses.
        target: Port of the pods, and the path the load balancer's health check requests of it.
        timeout: Pulumi's ``custom_timeouts``, such as ``900s``.
        after: The workload: Pulumi waits for a Service's pods, and without them its wait would only repeat their failure.
        key: Where the engine's API key is; None for an engine without one.
    """
    settings = service.endpoint
    balanced = scope.name in context.plan.balanced
    annotations = _annotations(settings, target.health_path, context.naming.tags) if balanced else {}
    labels = {}
    if context.facts.gateway or context.facts.monitoring:
        labels = discovery_labels(scope.name, service.kind, context.naming)
        annotations |= alert_annotations(scope.name, service, context.plan)
    if service.least_replicas == 0:
        # An update while there is no replica would wait for one until its time is over.
        annotations["pulumi.com/skipAwait"] = "true"
    if context.facts.gateway:
        annotations |= gateway_annotations(service, key)
    timeouts = pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout))
    ports = [k8s.core.v1.ServicePortArgs(name="http", port=settings.port, target_port=target.port, protocol="TCP")]
    return k8s.core.v1.Service(
        scope.name,
        metadata=replace(scope, labels={**scope.labels, **labels}).metadata(annotations=annotations),
        spec=k8s.core.v1.ServiceSpecArgs(
            type="LoadBalancer",
            load_balancer_class="service.k8s.aws/nlb",
            # Targets are pod addresses, so no node needs to open a port.
            allocate_load_balancer_node_ports=False,
            load_balancer_source_ranges=_source_ranges(settings, context.facts.network_cidr),
            selector=dict(scope.selector),
            ports=ports,
        )
        if balanced
        else k8s.core.v1.ServiceSpecArgs(type="ClusterIP", selector=dict(scope.selector), ports=ports),
        opts=pulumi.ResourceOptions.merge(scope.options(after), timeouts),
    )


def _source_ranges(settings: EndpointSettings, network_cidr: str | None) -> list[str] | None:
    """Who may connect: without ranges the controller's security group admits 0.0.0.0/0, an internal one's too.

    ``pkg/service/model_build_managed_sg.go`` of the AWS Load Balancer Controller; what is routed to the VPC by peering, VPN
    or transit gateway would reach an internal endpoint unasked.
    """
    if settings.source_ranges:
        return list(settings.source_ranges)
    return [network_cidr] if settings.scheme == "internal" and network_cidr else None


def _annotations(settings: EndpointSettings, health_path: str, tags: Mapping[str, str]) -> dict[str, str]:
    annotations = {
        "scheme": settings.scheme,
        "nlb-target-type": "ip",
        "healthcheck-protocol": "http",
        "healthcheck-path": health_path,
        # Not the client's address: the NetworkPolicy admits the load balancer's subnets, and nothing else comes.
        "target-group-attributes": "preserve_client_ip.enabled=false",
        "attributes": "load_balancing.cross_zone.enabled=true",
        # An answer that is not streamed is silent until it is complete; by default it would be cut off after 350 s.
        f"listener-attributes.TCP-{settings.port}": f"tcp.idle_timeout.seconds={IDLE_SECONDS}",
        # The controller makes the load balancer, so the AWS provider's default tags do not reach it.
        "additional-resource-tags": ",".join(f"{key}={value}" for key, value in paired_tags(tags).items()),
    }
    if settings.eip_allocations:
        annotations["eip-allocations"] = ",".join(settings.eip_allocations)
    return {ANNOTATION + key: value for key, value in annotations.items()}


def service_url(
    scope: Scope, context: ServingContext, service: k8s.core.v1.Service, settings: EndpointSettings
) -> pulumi.Output[str]:
    """The service's URL, without a path: its load balancer's, or the one that only pods of the cluster reach."""
    if scope.name not in context.plan.balanced:
        return pulumi.Output.from_input(scope.namespace).apply(lambda namespace: cluster_url(scope.name, namespace))
    suffix = "" if settings.port == HTTP_PORT else f":{settings.port}"
    return service.status.apply(lambda status: f"http://{address_in(status)}{suffix}")


def chat_command(
    scope: Scope, model: str, url: pulumi.Output[str], settings: EndpointSettings, *, port: int, with_key: bool = True
) -> pulumi.Output[str]:
    """A shell command that requests a chat completion; it reads the API key from the variable ``LLM_API_KEY``.

    Args:
        scope: The service.
        model: What clients send as ``model``.
        url: The service's URL; an internal one is reached by ``kubectl port-forward`` instead.
        settings: Scheme and port of the endpoint.
        port: Local port of the port-forward.
        with_key: Whether the server has an API key.
    """
    body = shlex.quote(json.dumps({"model": model, "messages": [{"role": "user", "content": "Say hello."}]}))
    key = '-H "Authorization: Bearer $LLM_API_KEY" ' if with_key else ""

    def curl(address: str) -> str:
        return f"curl --fail-with-body -sS {address}/v1/chat/completions -H 'Content-Type: application/json' {key}-d {body}"

    if settings.scheme == "internet-facing":
        return url.apply(curl)
    return pulumi.Output.from_input(scope.namespace).apply(
        lambda namespace: (
            f"kubectl --namespace {namespace} port-forward service/{scope.name} {port}:{settings.port} & "
            f"sleep 3; {curl(f'http://127.0.0.1:{port}')}; kill $!"
        )
    )
