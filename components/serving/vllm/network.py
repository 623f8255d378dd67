"""Who may talk to a service's pods, and to whom they may talk."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_kubernetes as k8s

from components.kubernetes.manifests import NAMESPACE_LABEL, egress_to_dns_and_https, metadata
from components.serving.vllm.command import PORT


def service_policy(
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    selector: Mapping[str, str],
    *,
    load_balancer_cidrs: Sequence[str],
    monitoring_namespace: str,
    parent: pulumi.Resource,
) -> k8s.networking.v1.NetworkPolicy:
    """Requests from the load balancer's subnets, scrapes from the monitoring namespace; out to DNS and HTTPS.

    The load balancer does not keep the client's address, so its own subnets are all that arrives; which clients it
    serves is decided by its security group, made from the service's source ranges. Probes and port-forwarding come
    from the node itself, which no policy keeps out.
    """
    peer = k8s.networking.v1.NetworkPolicyPeerArgs
    monitoring = k8s.meta.v1.LabelSelectorArgs(match_labels={NAMESPACE_LABEL: monitoring_namespace})
    return _policy(
        name,
        namespace,
        labels,
        selector,
        ingress=[
            k8s.networking.v1.NetworkPolicyIngressRuleArgs(
                from_=[
                    *(peer(ip_block=k8s.networking.v1.IPBlockArgs(cidr=cidr)) for cidr in load_balancer_cidrs),
                    peer(namespace_selector=monitoring),
                ],
                ports=[k8s.networking.v1.NetworkPolicyPortArgs(port=PORT, protocol="TCP")],
            )
        ],
        parent=parent,
    )


def job_policy(
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    selector: Mapping[str, str],
    parent: pulumi.Resource,
) -> k8s.networking.v1.NetworkPolicy:
    """Out to DNS and HTTPS, and nothing in."""
    return _policy(name, namespace, labels, selector, ingress=[], parent=parent)


def _policy(
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    selector: Mapping[str, str],
    *,
    ingress: list[k8s.networking.v1.NetworkPolicyIngressRuleArgs],
    parent: pulumi.Resource,
) -> k8s.networking.v1.NetworkPolicy:
    return k8s.networking.v1.NetworkPolicy(
        name,
        metadata=metadata(name, namespace, labels),
        spec=k8s.networking.v1.NetworkPolicySpecArgs(
            pod_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=dict(selector)),
            policy_types=["Ingress", "Egress"],
            ingress=ingress or None,
            egress=egress_to_dns_and_https(),
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )
