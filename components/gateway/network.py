"""The gateway's NetworkPolicy: in from the load balancer and from scrapes, out to engines, DNS, HTTPS and the issuer's keys."""

from urllib.parse import urlsplit

import pulumi_kubernetes as k8s

from components.gateway.context import GatewayArgs
from components.kubernetes.network_policy import egress_rule, ingress_rule, network_policy
from components.kubernetes.scope import Scope
from components.network.https_ingress import EVERYWHERE, HTTPS_PORT
from components.serving.ollama import pod as ollama
from components.serving.vllm import command as vllm
from gateway.config import Oidc
from settings.derived.gateway.names import ENABLED, GATEWAY_LABEL, LISTEN_PORT, METRICS_PORT

ENGINE_PORTS = (vllm.PORT, ollama.PORT)


def gateway_network_policy(scope: Scope, args: GatewayArgs, oidc: Oidc | None) -> k8s.networking.v1.NetworkPolicy:
    """The policy.

    The load balancer's targets are the pods, and its own subnets are all that arrives. The kubelet's probes and hooks come
    from the node, which no policy keeps out. HTTPS covers the Kubernetes API, AWS's endpoints and an OIDC issuer at its usual port.
    """
    return network_policy(
        scope,
        [
            ingress_rule(LISTEN_PORT, cidrs=args.facts.load_balancer_cidrs[args.gateway.scheme]),
            ingress_rule(METRICS_PORT, namespaces=args.facts.scrapers(args.gateway.monitoring_namespace)),
        ],
        [_to_engines(), *_to_issuer(oidc)],
    )


def _to_issuer(oidc: Oidc | None) -> list[k8s.networking.v1.NetworkPolicyEgressRuleArgs]:
    """The rule that admits the server of the issuer's keys where it has a port of its own."""
    port = urlsplit(oidc.keys_uri).port if oidc else None
    return [egress_rule(port, cidrs=[EVERYWHERE])] if port and port != HTTPS_PORT else []


def _to_engines() -> k8s.networking.v1.NetworkPolicyEgressRuleArgs:
    """The rule that admits the engines' ports of every namespace that the program labelled."""
    served = k8s.meta.v1.LabelSelectorArgs(match_labels={GATEWAY_LABEL: ENABLED})
    return k8s.networking.v1.NetworkPolicyEgressRuleArgs(
        to=[k8s.networking.v1.NetworkPolicyPeerArgs(namespace_selector=served)],
        ports=[k8s.networking.v1.NetworkPolicyPortArgs(port=port, protocol="TCP") for port in ENGINE_PORTS],
    )
