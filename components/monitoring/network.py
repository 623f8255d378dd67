"""NetworkPolicies of monitoring: who may ask it, and what it reads.

``kubectl port-forward`` and the kubelet's probes come from the node, which no policy keeps out.
"""

from collections.abc import Sequence

import pulumi_kubernetes as k8s

from components.kubernetes.network_policy import NAMESPACE_LABEL, ingress_rule, network_policy
from components.kubernetes.scope import Scope
from components.monitoring.context import MonitoringArgs
from components.network.https_ingress import EVERYWHERE, HTTPS_PORT
from components.serving.vllm import command as vllm
from settings.derived.autoscaling.names import OPERATOR_METRICS_PORT
from settings.derived.gateway.names import METRICS_PORT, STACK_LABEL
from settings.derived.monitoring.names import (
    ALERTMANAGER,
    ALERTMANAGER_PORT,
    DCGM_PORT,
    GPU_NAMESPACE,
    GRAFANA,
    NAMESPACE,
    PROMETHEUS,
    PROMETHEUS_PORT,
)
from settings.derived.naming import selector_labels

CONTROLLER_PORT = 8080
"""Metrics of Karpenter and of the AWS Load Balancer Controller, by their charts."""
KUBELET_PORT = 10250

_Peer = k8s.networking.v1.NetworkPolicyPeerArgs
_Labels = k8s.meta.v1.LabelSelectorArgs


def prometheus_policy(scope: Scope, args: MonitoringArgs) -> k8s.networking.v1.NetworkPolicy:
    """In from Grafana, from KEDA, and from the Kubernetes API, by whose proxy of Services the portal reads; out to what it reads."""
    # The API server's own interfaces are in the control subnets, where internal load balancers are too.
    control = args.facts.load_balancer_cidrs["internal"]
    autoscaler = [ingress_rule(PROMETHEUS_PORT, namespaces=[args.facts.keda.namespace])] if args.facts.keda else []
    return network_policy(
        scope,
        [_from_pods(PROMETHEUS_PORT, GRAFANA), ingress_rule(PROMETHEUS_PORT, cidrs=control), *autoscaler],
        [*_to_targets(args), _to([_pods(ALERTMANAGER)], ALERTMANAGER_PORT)],
    )


def alertmanager_policy(scope: Scope) -> k8s.networking.v1.NetworkPolicy:
    """In from Prometheus; out to SNS and STS."""
    return network_policy(scope, [_from_pods(ALERTMANAGER_PORT, PROMETHEUS)])


def grafana_policy(scope: Scope, issuer_port: int) -> k8s.networking.v1.NetworkPolicy:
    """In from nowhere; out to Prometheus, Secrets Manager and the issuer.

    Args:
        scope: The workload.
        issuer_port: TCP port of the issuer.
    """
    egress = [_to([_pods(PROMETHEUS)], PROMETHEUS_PORT)]
    if issuer_port != HTTPS_PORT:
        egress.append(_to([_Peer(ip_block=k8s.networking.v1.IPBlockArgs(cidr=EVERYWHERE))], issuer_port))
    return network_policy(scope, egress=egress)


def dcgm_policy(scope: Scope) -> k8s.networking.v1.NetworkPolicy:
    """In from Prometheus; out to nowhere."""
    return k8s.networking.v1.NetworkPolicy(
        scope.name,
        metadata=scope.metadata(),
        spec=k8s.networking.v1.NetworkPolicySpecArgs(
            pod_selector=scope.match_labels,
            policy_types=["Ingress", "Egress"],
            ingress=[ingress_rule(DCGM_PORT, namespaces=[NAMESPACE])],
        ),
        opts=scope.options(),
    )


def _to_targets(args: MonitoringArgs) -> list[k8s.networking.v1.NetworkPolicyEgressRuleArgs]:
    served = _Labels(match_expressions=[k8s.meta.v1.LabelSelectorRequirementArgs(key=STACK_LABEL, operator="Exists")])
    rules = [
        _to([_Peer(namespace_selector=served)], vllm.PORT),
        _to([_namespace("kube-system")], CONTROLLER_PORT),
    ]
    if args.facts.gateway:
        rules.append(_to([_namespace(args.facts.gateway.namespace)], METRICS_PORT))
    if args.facts.network_cidr:
        nodes = _Peer(ip_block=k8s.networking.v1.IPBlockArgs(cidr=args.facts.network_cidr))
        rules.append(_to([nodes], KUBELET_PORT))
    if args.facts.keda:
        rules.append(_to([_namespace(args.facts.keda.namespace)], OPERATOR_METRICS_PORT))
    if args.gpus:
        rules.append(_to([_namespace(GPU_NAMESPACE)], DCGM_PORT))
    return rules


def _from_pods(port: int, name: str) -> k8s.networking.v1.NetworkPolicyIngressRuleArgs:
    return k8s.networking.v1.NetworkPolicyIngressRuleArgs(
        from_=[_pods(name)], ports=[k8s.networking.v1.NetworkPolicyPortArgs(port=port, protocol="TCP")]
    )


def _to(
    peers: Sequence[k8s.networking.v1.NetworkPolicyPeerArgs], port: int
) -> k8s.networking.v1.NetworkPolicyEgressRuleArgs:
    return k8s.networking.v1.NetworkPolicyEgressRuleArgs(
        to=list(peers), ports=[k8s.networking.v1.NetworkPolicyPortArgs(port=port, protocol="TCP")]
    )


def _pods(name: str) -> k8s.networking.v1.NetworkPolicyPeerArgs:
    """Pods of a workload of the same namespace."""
    return _Peer(pod_selector=_Labels(match_labels=selector_labels(name, name)))


def _namespace(name: str) -> k8s.networking.v1.NetworkPolicyPeerArgs:
    return _Peer(namespace_selector=_Labels(match_labels={NAMESPACE_LABEL: name}))
