"""NetworkPolicies of monitoring: who may query it, and what it reads.

``kubectl port-forward`` and the kubelet's probes come from the node, which no policy keeps out.
"""

import pulumi_kubernetes as k8s

from components.kubernetes.network_policy import egress_rule, ingress_rule, network_policy
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


def prometheus_policy(scope: Scope, args: MonitoringArgs) -> k8s.networking.v1.NetworkPolicy:
    """In from Grafana, from KEDA, and from the Kubernetes API, by whose proxy of Services the portal reads; out to what it reads."""
    # The API server's own interfaces are in the control subnets, where internal load balancers are too.
    control = args.facts.load_balancer_cidrs["internal"]
    autoscaler = [ingress_rule(PROMETHEUS_PORT, namespaces=[args.facts.keda.namespace])] if args.facts.keda else []
    return network_policy(
        scope,
        [
            ingress_rule(PROMETHEUS_PORT, pods=[_labels(GRAFANA)]),
            ingress_rule(PROMETHEUS_PORT, cidrs=control),
            *autoscaler,
        ],
        [*_to_targets(args), egress_rule(ALERTMANAGER_PORT, pods=[_labels(ALERTMANAGER)])],
    )


def alertmanager_policy(scope: Scope) -> k8s.networking.v1.NetworkPolicy:
    """In from Prometheus; out to SNS and STS."""
    return network_policy(scope, [ingress_rule(ALERTMANAGER_PORT, pods=[_labels(PROMETHEUS)])])


def grafana_policy(scope: Scope, issuer_port: int) -> k8s.networking.v1.NetworkPolicy:
    """In from nowhere; out to Prometheus, Secrets Manager and the issuer.

    Args:
        scope: The workload.
        issuer_port: TCP port of the issuer.
    """
    egress = [egress_rule(PROMETHEUS_PORT, pods=[_labels(PROMETHEUS)])]
    if issuer_port != HTTPS_PORT:
        egress.append(egress_rule(issuer_port, cidrs=[EVERYWHERE]))
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
    rules = [_to_engines(), egress_rule(CONTROLLER_PORT, namespaces=["kube-system"])]
    if args.facts.gateway:
        rules.append(egress_rule(METRICS_PORT, namespaces=[args.facts.gateway.namespace]))
    if args.facts.network_cidr:
        rules.append(egress_rule(KUBELET_PORT, cidrs=[args.facts.network_cidr]))
    if args.facts.keda:
        rules.append(egress_rule(OPERATOR_METRICS_PORT, namespaces=[args.facts.keda.namespace]))
    if args.gpus:
        rules.append(egress_rule(DCGM_PORT, namespaces=[GPU_NAMESPACE]))
    return rules


def _to_engines() -> k8s.networking.v1.NetworkPolicyEgressRuleArgs:
    """The rule that admits the engines' port of every namespace that a stack labelled."""
    stack = k8s.meta.v1.LabelSelectorRequirementArgs(key=STACK_LABEL, operator="Exists")
    served = k8s.meta.v1.LabelSelectorArgs(match_expressions=[stack])
    return k8s.networking.v1.NetworkPolicyEgressRuleArgs(
        to=[k8s.networking.v1.NetworkPolicyPeerArgs(namespace_selector=served)],
        ports=[k8s.networking.v1.NetworkPolicyPortArgs(port=vllm.PORT, protocol="TCP")],
    )


def _labels(name: str) -> dict[str, str]:
    """Labels of the pods of a workload of monitoring."""
    return selector_labels(name, name)
