"""NetworkPolicies of pods: rules for what comes in; out to DNS and HTTPS, and where rules say."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pulumi_kubernetes as k8s

from components.kubernetes.scope import Scope
from components.network.https_ingress import EVERYWHERE, HTTPS_PORT

DNS_PORT = 53
NAMESPACE_LABEL = "kubernetes.io/metadata.name"


DEFAULT_DENY = "default-deny"
"""Name of the policy of all pods of a namespace."""


def default_deny(namespace: Scope) -> k8s.networking.v1.NetworkPolicy:
    """The policy of all pods of a namespace: no traffic unless another policy admits it."""
    return k8s.networking.v1.NetworkPolicy(
        namespace.named(DEFAULT_DENY),
        metadata=replace(namespace, name=DEFAULT_DENY).metadata(),
        spec=k8s.networking.v1.NetworkPolicySpecArgs(
            pod_selector=k8s.meta.v1.LabelSelectorArgs(), policy_types=["Ingress", "Egress"]
        ),
        opts=namespace.options(),
    )


def network_policy(
    scope: Scope,
    ingress: Sequence[k8s.networking.v1.NetworkPolicyIngressRuleArgs] = (),
    egress: Sequence[k8s.networking.v1.NetworkPolicyEgressRuleArgs] = (),
) -> k8s.networking.v1.NetworkPolicy:
    """The policy of the scope's pods: in by ``ingress`` only, out to DNS and HTTPS, and by ``egress``."""
    return k8s.networking.v1.NetworkPolicy(
        scope.name,
        metadata=scope.metadata(),
        spec=k8s.networking.v1.NetworkPolicySpecArgs(
            pod_selector=scope.match_labels,
            policy_types=["Ingress", "Egress"],
            ingress=list(ingress) or None,
            egress=[*egress_to_dns_and_https(), *egress],
        ),
        opts=scope.options(),
    )


def ingress_rule(
    port: int, *, cidrs: Sequence[str] = (), namespaces: Sequence[str] = (), pods: Sequence[Mapping[str, str]] = ()
) -> k8s.networking.v1.NetworkPolicyIngressRuleArgs:
    """The rule that admits address ranges, the pods of whole namespaces, and pods of the same one by their labels to a TCP port."""
    return k8s.networking.v1.NetworkPolicyIngressRuleArgs(from_=_peers(cidrs, namespaces, pods), ports=[_tcp(port)])


def egress_rule(
    port: int, *, cidrs: Sequence[str] = (), namespaces: Sequence[str] = (), pods: Sequence[Mapping[str, str]] = ()
) -> k8s.networking.v1.NetworkPolicyEgressRuleArgs:
    """The rule that lets pods out to a TCP port of address ranges, of the pods of whole namespaces, and of pods of the same one."""
    return k8s.networking.v1.NetworkPolicyEgressRuleArgs(to=_peers(cidrs, namespaces, pods), ports=[_tcp(port)])


def _peers(
    cidrs: Sequence[str], namespaces: Sequence[str], pods: Sequence[Mapping[str, str]]
) -> list[k8s.networking.v1.NetworkPolicyPeerArgs]:
    peer, labels = k8s.networking.v1.NetworkPolicyPeerArgs, k8s.meta.v1.LabelSelectorArgs
    return [
        *(peer(ip_block=k8s.networking.v1.IPBlockArgs(cidr=cidr)) for cidr in cidrs),
        *(peer(namespace_selector=labels(match_labels={NAMESPACE_LABEL: name})) for name in namespaces),
        *(peer(pod_selector=labels(match_labels=dict(pod))) for pod in pods),
    ]


def _tcp(port: int) -> k8s.networking.v1.NetworkPolicyPortArgs:
    return k8s.networking.v1.NetworkPolicyPortArgs(port=port, protocol="TCP")


def egress_to_dns_and_https() -> list[k8s.networking.v1.NetworkPolicyEgressRuleArgs]:
    """Rules for name resolution in the cluster, and for HTTPS to any address: the Hub, S3, STS."""
    return [
        k8s.networking.v1.NetworkPolicyEgressRuleArgs(
            to=[
                k8s.networking.v1.NetworkPolicyPeerArgs(
                    namespace_selector=k8s.meta.v1.LabelSelectorArgs(match_labels={NAMESPACE_LABEL: "kube-system"}),
                    pod_selector=k8s.meta.v1.LabelSelectorArgs(match_labels={"k8s-app": "kube-dns"}),
                )
            ],
            ports=[k8s.networking.v1.NetworkPolicyPortArgs(port=DNS_PORT, protocol="UDP"), _tcp(DNS_PORT)],
        ),
        egress_rule(HTTPS_PORT, cidrs=[EVERYWHERE]),
    ]
