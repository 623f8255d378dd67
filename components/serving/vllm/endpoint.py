"""The Service in front of a model's pods, its load balancer, and how people call it."""

import json
import shlex
from collections.abc import Mapping, Sequence

import pulumi
import pulumi_kubernetes as k8s

from components.kubernetes.manifests import metadata
from components.serving.vllm.command import PORT
from settings.models.services import EndpointSettings

HTTP_PORT = 80
ANNOTATION = "service.beta.kubernetes.io/aws-load-balancer-"
IDLE_SECONDS = 3600
"""Longest silence of a connection; AWS allows 6,000 s."""
UNASSIGNED = "address-not-assigned-yet"
"""Stands for the load balancer's name where a preview does not know it; an update waits until there is one."""


def endpoint_service(
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    selector: Mapping[str, str],
    settings: EndpointSettings,
    *,
    network_cidr: str | None,
    tags: Mapping[str, str],
    timeout: str,
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> k8s.core.v1.Service:
    """A network load balancer straight to the pods."""
    return k8s.core.v1.Service(
        name,
        metadata=metadata(name, namespace, labels, _annotations(settings, tags)),
        spec=k8s.core.v1.ServiceSpecArgs(
            type="LoadBalancer",
            load_balancer_class="service.k8s.aws/nlb",
            # Targets are pod addresses, so no node needs to open a port.
            allocate_load_balancer_node_ports=False,
            load_balancer_source_ranges=_source_ranges(settings, network_cidr),
            selector=dict(selector),
            ports=[
                k8s.core.v1.ServicePortArgs(name="http", port=settings.port, target_port=PORT, protocol="TCP"),
            ],
        ),
        opts=pulumi.ResourceOptions(
            parent=parent,
            depends_on=list(after),
            custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout),
        ),
    )


def _source_ranges(settings: EndpointSettings, network_cidr: str | None) -> list[str] | None:
    """Who may connect: without ranges the controller's security group admits 0.0.0.0/0, an internal one's too.

    ``pkg/service/model_build_managed_sg.go`` of the AWS Load Balancer Controller; what is routed to the VPC by peering, VPN
    or transit gateway would reach an internal endpoint unasked.
    """
    if settings.source_ranges:
        return list(settings.source_ranges)
    return [network_cidr] if settings.scheme == "internal" and network_cidr else None


def _annotations(settings: EndpointSettings, tags: Mapping[str, str]) -> dict[str, str]:
    found = {
        "scheme": settings.scheme,
        "nlb-target-type": "ip",
        "healthcheck-protocol": "http",
        "healthcheck-path": "/health",
        # Not the client's address: the NetworkPolicy admits the load balancer's subnets, and nothing else comes.
        "target-group-attributes": "preserve_client_ip.enabled=false",
        "attributes": "load_balancing.cross_zone.enabled=true",
        # An answer that is not streamed is silent until it is complete; by default it would be cut off after 350 s.
        f"listener-attributes.TCP-{settings.port}": f"tcp.idle_timeout.seconds={IDLE_SECONDS}",
    }
    if tags:
        # The controller makes the load balancer, so the AWS provider's default tags do not reach it.
        found["additional-resource-tags"] = ",".join(f"{key}={value}" for key, value in sorted(tags.items()))
    if settings.eip_allocations:
        found["eip-allocations"] = ",".join(settings.eip_allocations)
    return {ANNOTATION + key: value for key, value in found.items()}


def service_url(service: k8s.core.v1.Service, settings: EndpointSettings) -> pulumi.Output[str]:
    """Where the model is served, without a path."""
    suffix = "" if settings.port == HTTP_PORT else f":{settings.port}"
    return service.status.apply(lambda status: f"http://{_address(status)}{suffix}")


def _address(status: k8s.core.v1.outputs.ServiceStatus | None) -> str:
    ingress = status.load_balancer.ingress if status and status.load_balancer else None
    return (ingress[0].hostname or ingress[0].ip or UNASSIGNED) if ingress else UNASSIGNED


def chat_command(
    name: str,
    namespace: pulumi.Input[str],
    model: str,
    url: pulumi.Output[str],
    settings: EndpointSettings,
) -> pulumi.Output[str]:
    """A shell command that asks the model something; it wants the key in ``LLM_API_KEY``."""
    body = shlex.quote(json.dumps({"model": model, "messages": [{"role": "user", "content": "Say hello."}]}))

    def ask(address: str) -> str:
        return (
            f"curl --fail-with-body -sS {address}/v1/chat/completions -H 'Content-Type: application/json' "
            f'-H "Authorization: Bearer $LLM_API_KEY" -d {body}'
        )

    if settings.scheme == "internet-facing":
        return url.apply(ask)
    return pulumi.Output.from_input(namespace).apply(
        lambda space: (
            f"kubectl --namespace {space} port-forward service/{name} {PORT}:{settings.port} & "
            f"sleep 3; {ask(f'http://127.0.0.1:{PORT}')}; kill $!"
        )
    )
