"""Rules on what is reachable: load balancers and ingresses before vLLM, network policies."""

from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.analysis import entry_points
from guardrails.analysis.workloads import has_allow_list
from guardrails.engine.rule import Finding, Findings, Rule, Stack, Unknown
from guardrails.engine.values import UNKNOWN, as_list, get_path

NAMESPACE: Final = "kubernetes:core/v1:Namespace"
NETWORK_POLICY: Final = "kubernetes:networking.k8s.io/v1:NetworkPolicy"


def _exposed(stack: Stack) -> Findings:
    for entry in entry_points.find_entry_points(stack):
        urn = entry.subject.urn
        if entry.through:
            yield from _through(entry)
            continue
        if entry.facing is None:
            yield Unknown("whether it faces the internet before vLLM is not known", urn)
        if not entry.facing:
            continue
        if not entry.sure:
            yield Unknown("faces the internet, and whether it leads to vLLM is not known", urn)
            continue
        if entry.ranges is UNKNOWN or any(item is UNKNOWN for item in as_list(entry.ranges)):
            yield Unknown("faces the internet before vLLM, from which networks is not known", urn)
        if entry.ranges is not UNKNOWN and entry_points.open_to_all(entry.ranges):
            yield Finding("faces the internet without source ranges before vLLM", urn)
        if not entry.by_path and not all(has_allow_list(container) for container in entry.behind):
            yield Finding("faces the internet before a vLLM without the path allow list", urn)


def _through(entry: entry_points.EntryPoint) -> Findings:
    """Judge a way in to a pod before vLLM: what that pod lets through, only its own settings say."""
    known = entry.ranges is not UNKNOWN and not any(item is UNKNOWN for item in as_list(entry.ranges))
    if entry.facing is False or (known and not entry_points.open_to_all(entry.ranges)):
        return
    faces = "faces the internet" if entry.facing else "may face the internet"
    yield Unknown(f"{faces} before {entry.through}; what that lets through to vLLM is not known", entry.subject.urn)


def _without_policy(stack: Stack) -> Findings:
    covered: set[str] = set()
    """Names of namespaces, and URNs where a policy takes the name from the namespace itself."""
    vague = False
    objects = {item.urn for item in stack.of(NAMESPACE)}
    for policy in stack.of(NETWORK_POLICY):
        namespace = get_path(policy.props, "metadata", "namespace")
        if isinstance(namespace, str):
            covered.add(namespace)
        elif namespace is UNKNOWN:
            stated = set(policy.property_dependencies.get("metadata", ())) & objects
            covered |= stated
            vague = vague or not stated
    for item in stack.of(NAMESPACE):
        name = get_path(item.props, "metadata", "name")
        if item.urn in covered:
            continue
        if name is UNKNOWN or (vague and name not in covered):
            yield Unknown("whether it has a network policy is unknown", item.urn)
        elif name not in covered:
            yield Finding("has no network policy: every pod of the cluster may reach its pods", item.urn)


RULES: Final = (
    Rule(
        id="service-exposed",
        family="exposure",
        level=EnforcementLevel.MANDATORY,
        blocks="an internet-facing load balancer before an unguarded vLLM",
        why="vLLM's API key guards /v1 only: /invocations answers a completion to anyone.",
        fix="make it internal, or give source ranges (inbound-cidrs) and the path allow list (--middleware)",
        benchmarks="compliance-policies kubernetes-core-v1-service-disallow-load-balancer, trivy AWS-0053",
        types=entry_points.TYPES,
        judge_stack=_exposed,
    ),
    Rule(
        id="netpol",
        family="exposure",
        level=EnforcementLevel.ADVISORY,
        blocks="a namespace without a network policy",
        why="Without one every pod of the cluster reaches vLLM's unguarded paths.",
        fix="add a default-deny NetworkPolicy (ServingNamespace does)",
        benchmarks="CIS 4.3.2, kyverno add-network-policy, EKS best practices guide (network)",
        types=frozenset({NAMESPACE, NETWORK_POLICY}),
        judge_stack=_without_policy,
    ),
)
