"""Rules on what is reachable: load balancers and ingresses before vLLM, RBAC wildcards, network policies."""

from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.rule import Finding, Rule, Stack, Subject, Undecided, Verdicts
from guardrails.values import UNKNOWN, Properties, Value, at, listed, world
from guardrails.workloads import POD_TYPES, containers, is_vllm, pods, words

SERVICE: Final = "kubernetes:core/v1:Service"
NAMESPACE: Final = "kubernetes:core/v1:Namespace"
NETWORK_POLICY: Final = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
ROLES: Final = frozenset(
    f"kubernetes:rbac.authorization.k8s.io/v1:{kind}{variant}"
    for kind in ("Role", "ClusterRole")
    for variant in ("", "Patch")
)


def _rbac(subject: Subject) -> Verdicts:
    rules = subject.props.get("rules")
    if rules is UNKNOWN:
        yield Undecided("rules are unknown")
    for index, rule in enumerate(listed(rules)):
        if not isinstance(rule, dict):
            yield Undecided(f"rules[{index}] is unknown")
            continue
        for key in ("verbs", "resources", "apiGroups"):
            value = rule.get(key)
            if value is UNKNOWN or any(item is UNKNOWN for item in listed(value)):
                yield Undecided(f"rules[{index}].{key} is unknown")
            elif key != "apiGroups" and "*" in listed(value):
                yield Finding(f"rules[{index}].{key} has *")


_SCHEME: Final = "service.beta.kubernetes.io/aws-load-balancer-scheme"
_INTERNAL: Final = "service.beta.kubernetes.io/aws-load-balancer-internal"
_NARROW: Final = "service.beta.kubernetes.io/load-balancer-source-ranges"


def _selects(selector: Value, labels: Value) -> bool:
    """Whether a selector may take a pod's labels; an unknown value may."""
    if not isinstance(selector, dict) or not isinstance(labels, dict):
        return selector is UNKNOWN or labels is UNKNOWN
    return bool(selector) and all(
        key in labels and (value is UNKNOWN or labels[key] is UNKNOWN or labels[key] == value)
        for key, value in selector.items()
    )


def _facing(service: Subject) -> bool | None:
    """Whether a Service of type LoadBalancer faces the internet; None if unknown."""
    annotations = at(service.props, "metadata", "annotations") or {}
    if annotations is UNKNOWN:
        return None
    scheme = annotations.get(_SCHEME)
    if scheme is UNKNOWN:
        return None
    if scheme is not None:
        return bool(scheme == "internet-facing")
    if str(annotations.get(_INTERNAL)).lower() in ("true", "0.0.0.0/0"):
        return False
    # The AWS Load Balancer Controller's default is internal, the in-tree one's is not.
    return at(service.props, "spec", "loadBalancerClass") is None and (
        "service.beta.kubernetes.io/aws-load-balancer-type" not in annotations
    )


def _ranges(service: Subject) -> Value:
    ranges = at(service.props, "spec", "loadBalancerSourceRanges")
    annotation = at(service.props, "metadata", "annotations", _NARROW)
    if not listed(ranges) and isinstance(annotation, str):
        return [item.strip() for item in annotation.split(",") if item.strip()]
    return ranges


def _guarded(container: Properties) -> bool:
    """Whether vLLM runs behind the path allow list."""
    texts = [word for word in words(container) if isinstance(word, str)]
    following = [texts[index + 1] for index, word in enumerate(texts[:-1]) if word == "--middleware"]
    given = [word.partition("=")[2] for word in texts if word.startswith("--middleware=")]
    return any("allow_list" in word.lower() or "allowlist" in word.lower() for word in (*following, *given))


def _exposed(stack: Stack) -> Verdicts:
    serving = [
        (pod, container)
        for subject in stack.of(*POD_TYPES)
        for pod in pods(subject)
        for _, container in containers(pod)
        if isinstance(container, dict) and is_vllm(container)
    ]
    for service in stack.of(SERVICE):
        kind = at(service.props, "spec", "type")
        if kind is UNKNOWN:
            yield Undecided("spec.type is unknown", service.urn)
        if kind != "LoadBalancer":
            continue
        selector = at(service.props, "spec", "selector")
        behind = [container for pod, container in serving if _selects(selector, pod.labels)]
        if not behind:
            continue
        facing = _facing(service)
        if facing is None:
            yield Undecided("whether its load balancer faces the internet is unknown", service.urn)
            continue
        if not facing:
            continue
        ranges = _ranges(service)
        if ranges is UNKNOWN or any(item is UNKNOWN for item in listed(ranges)):
            yield Undecided("loadBalancerSourceRanges is unknown", service.urn)
        elif not listed(ranges) or any(world(item) for item in listed(ranges)):
            yield Finding("faces the internet without source ranges before vLLM", service.urn)
        if not all(_guarded(container) for container in behind):
            yield Finding("faces the internet before a vLLM without the path allow list", service.urn)


def _without_policy(stack: Stack) -> Verdicts:
    covered: set[str] = set()
    vague = False
    for policy in stack.of(NETWORK_POLICY):
        namespace = at(policy.props, "metadata", "namespace")
        if isinstance(namespace, str):
            covered.add(namespace)
        else:
            vague = vague or namespace is UNKNOWN
    for item in stack.of(NAMESPACE):
        name = at(item.props, "metadata", "name")
        if name is UNKNOWN or (vague and name not in covered):
            yield Undecided("whether a network policy stands in it is unknown", item.urn)
        elif name not in covered:
            yield Finding("has no network policy: every pod of the cluster may reach its pods", item.urn)


RULES: Final = (
    Rule(
        id="service-exposed",
        family="exposure",
        level=EnforcementLevel.MANDATORY,
        blocks="an internet-facing load balancer before an unguarded vLLM",
        why="vLLM's API key guards /v1 only: /invocations answers a completion to anyone.",
        cure="make it internal, or give source ranges and the path allow list (--middleware)",
        benchmarks="compliance-policies kubernetes-core-v1-service-disallow-load-balancer, trivy AWS-0053",
        types=POD_TYPES | {SERVICE},
        judge_stack=_exposed,
    ),
    Rule(
        id="rbac-wildcard",
        family="rbac",
        level=EnforcementLevel.MANDATORY,
        blocks="a Kubernetes role with * in verbs or resources",
        why="It takes in secrets, and what is installed tomorrow.",
        cure="name the verbs and resources",
        benchmarks="CIS 4.1.3, CKV_K8S_49, trivy KSV-0046, kyverno restrict-wildcard-verbs",
        types=ROLES,
        judge=_rbac,
    ),
    Rule(
        id="netpol",
        family="exposure",
        level=EnforcementLevel.ADVISORY,
        blocks="a namespace without a network policy",
        why="Without one every pod of the cluster reaches vLLM's unguarded paths.",
        cure="add a default-deny NetworkPolicy (ServingNamespace does)",
        benchmarks="CIS 4.3.2, kyverno add-network-policy, EKS best practices guide (network)",
        types=frozenset({NAMESPACE, NETWORK_POLICY}),
        judge_stack=_without_policy,
    ),
)
