"""The gateway's NetworkPolicy: in from the load balancer and from scrapes, out to engines, DNS and HTTPS."""

import pulumi_kubernetes as k8s

from components.gateway.context import GatewayArgs
from components.kubernetes.network_policy import ingress_rule, network_policy
from components.kubernetes.scope import Scope
from components.serving.ollama import pod as ollama
from components.serving.vllm import command as vllm
from settings.derived.gateway.names import ENABLED, GATEWAY_LABEL, LISTEN_PORT, METRICS_PORT

ENGINE_PORTS = (vllm.PORT, ollama.PORT)


def gateway_network_policy(scope: Scope, args: GatewayArgs) -> k8s.networking.v1.NetworkPolicy:
    """The policy.

    The load balancer's targets are the pods, and its own subnets are all that arrives. The kubelet's probes and hooks come
    from the node, which no policy keeps out. HTTPS covers the Kubernetes API, AWS's endpoints and an OIDC issuer.
    """
    return network_policy(
        scope,
        [
            ingress_rule(LISTEN_PORT, cidrs=args.facts.load_balancer_cidrs[args.gateway.scheme]),
            ingress_rule(METRICS_PORT, namespaces=args.facts.scrapers(args.gateway.monitoring_namespace)),
        ],
        [_to_engines()],
    )


def _to_engines() -> k8s.networking.v1.NetworkPolicyEgressRuleArgs:
    """The rule that admits the engines' ports of every namespace that the program labelled."""
    served = k8s.meta.v1.LabelSelectorArgs(match_labels={GATEWAY_LABEL: ENABLED})
    return k8s.networking.v1.NetworkPolicyEgressRuleArgs(
        to=[k8s.networking.v1.NetworkPolicyPeerArgs(namespace_selector=served)],
        ports=[k8s.networking.v1.NetworkPolicyPortArgs(port=port, protocol="TCP") for port in ENGINE_PORTS],
    )
