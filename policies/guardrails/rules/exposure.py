"""Rules on what is reachable: load balancers and ingresses before vLLM, network policies."""

from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.analysis import entry_points
from guardrails.analysis.workloads import has_allow_list
from guardrails.engine.rule import Finding, Findings, Rule, Stack, Subject, Unknown
from guardrails.engine.values import UNKNOWN, Value, as_list, get_path

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
    unclear: set[str] = set()
    """The same of policies of which a preview does not know whether they limit anything."""
    objects = {item.urn for item in stack.of(NAMESPACE)}
    for policy in stack.of(NETWORK_POLICY):
        limits = _limits_ingress(policy)
        if limits is False:
            continue
        namespace = get_path(policy.props, "metadata", "namespace")
        if isinstance(namespace, str):
            (covered if limits else unclear).add(namespace)
        elif namespace is UNKNOWN:
            stated = set(policy.property_dependencies.get("metadata", ())) & objects
            (covered if limits else unclear).update(stated)
            vague = vague or not stated
    for item in stack.of(NAMESPACE):
        name = get_path(item.props, "metadata", "name")
        if item.urn in covered:
            continue
        if name is UNKNOWN or ((vague or {name, item.urn} & unclear) and name not in covered):
            yield Unknown("whether it has a network policy is unknown", item.urn)
        elif name not in covered:
            yield Finding(
                "has no network policy that limits ingress: every pod of the cluster may reach its pods", item.urn
            )


def _limits_ingress(policy: Subject) -> bool | None:
    """Whether a network policy limits what reaches its pods, None if unknown: one of egress, or that admits all, does not."""
    kinds = get_path(policy.props, "spec", "policyTypes")
    rules = get_path(policy.props, "spec", "ingress")
    if kinds is not UNKNOWN and as_list(kinds) and not {"Ingress", UNKNOWN} & set(as_list(kinds)):
        return False
    open_ = [_admits_all(rule) for rule in as_list(rules)]
    if True in open_:
        return False
    return None if None in open_ or UNKNOWN in (kinds, *as_list(kinds)) else True


def _admits_all(rule: Value) -> bool | None:
    """Whether a rule of ingress admits every source to every port: what it does not name, it does not limit."""
    parts = [get_path(rule, key) for key in ("from", "ports")]
    if any(part is not UNKNOWN and as_list(part) for part in parts):
        return False
    return None if UNKNOWN in parts else True


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
        blocks="a namespace without a network policy that limits ingress",
        why="Without one every pod of the cluster reaches vLLM's unguarded paths.",
        fix="add a default-deny NetworkPolicy (ServingNamespace does)",
        benchmarks="CIS 4.3.2, kyverno add-network-policy, EKS best practices guide (network)",
        types=frozenset({NAMESPACE, NETWORK_POLICY}),
        judge_stack=_without_policy,
    ),
)
