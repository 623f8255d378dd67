"""Everything in a stack that may let the internet in to vLLM: Services, Ingresses, routes, load balancers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from guardrails.analysis.fronts import CONFIG_MAP, fronts, selects
from guardrails.analysis.ingress_classes import TYPES as CLASS_TYPES
from guardrails.analysis.ingress_classes import AlbSettings, IngressClasses, class_name, split_cidrs
from guardrails.analysis.workloads import POD_TYPES, Pod, containers, is_vllm, pods
from guardrails.engine.graph import Graph
from guardrails.engine.rule import Stack, Subject
from guardrails.engine.values import UNKNOWN, Properties, Value, as_list, get_path, given, is_open_cidr, parse_bool

SERVICES: Final = ("kubernetes:core/v1:Service", "kubernetes:core/v1:ServicePatch")
INGRESSES: Final = frozenset(
    f"kubernetes:{version}:Ingress{variant}"
    for version in ("networking.k8s.io/v1", "networking.k8s.io/v1beta1", "extensions/v1beta1")
    for variant in ("", "Patch")
)
ROUTES: Final = frozenset(
    f"kubernetes:gateway.networking.k8s.io/{version}"
    for version in ("v1:HTTPRoute", "v1beta1:HTTPRoute", "v1:GRPCRoute", "v1alpha2:TCPRoute", "v1alpha2:TLSRoute")
)
BINDING: Final = "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding"
BALANCERS: Final = tuple(f"aws:{module}/loadBalancer:LoadBalancer" for module in ("lb", "alb", "elb"))
LISTENERS: Final = ("aws:lb/listener:Listener", "aws:alb/listener:Listener")
TARGET_GROUPS: Final = ("aws:lb/targetGroup:TargetGroup", "aws:alb/targetGroup:TargetGroup")
TYPES: Final = (
    POD_TYPES
    | INGRESSES
    | CLASS_TYPES
    | ROUTES
    | {*SERVICES, BINDING, CONFIG_MAP, *BALANCERS, *LISTENERS, *TARGET_GROUPS}
)

_SCHEME: Final = "service.beta.kubernetes.io/aws-load-balancer-scheme"
_INTERNAL: Final = "service.beta.kubernetes.io/aws-load-balancer-internal"
_TYPE: Final = "service.beta.kubernetes.io/aws-load-balancer-type"
_CONTROLLERS_TYPES: Final = frozenset({"external", "nlb-ip"})
_RANGES: Final = "service.beta.kubernetes.io/load-balancer-source-ranges"


@dataclass(frozen=True, kw_only=True)
class EntryPoint:
    """One way in."""

    subject: Subject
    facing: bool | None
    """Whether it faces the internet; None if nothing tells."""
    ranges: Value
    """Who may come: CIDRs, or `UNKNOWN` where security groups decide."""
    behind: tuple[Properties, ...]
    """The vLLM containers behind it."""
    sure: bool = True
    """Whether it is certain that they are."""
    by_path: bool = False
    """Whether it passes /v1 on and nothing else."""
    through: str = ""
    """The pod in front of vLLM that it leads to, and how that is known; empty where it leads to vLLM itself."""


def find_entry_points(stack: Stack) -> Iterator[EntryPoint]:
    """Every way in to a vLLM container, and to a pod that passes requests on to one."""
    serving = [
        (pod, container)
        for subject in stack.of(*POD_TYPES)
        for pod in pods(subject)
        for _, container in containers(pod)
        if isinstance(container, dict) and is_vllm(container)
    ]
    direct = _behind(stack, serving)
    yield from _into(stack, direct, serving=bool(serving))
    if not serving:
        return
    before = list(fronts(stack, [service for service, found in direct.items() if found]))
    # A front has no container of vLLM; it takes its place so that the same ways in are found.
    passing = _behind(stack, [(front.pod, {"front": f"{front.name}, which {front.what}"}) for front in before])
    for entry in _into(stack, passing, serving=False):
        yield replace(entry, through=str(entry.behind[0].get("front")))


def _behind(stack: Stack, serving: list[tuple[Pod, Properties]]) -> dict[Subject, tuple[Properties, ...]]:
    """Each Service, and the containers of some pods that it selects."""
    behind: dict[Subject, tuple[Properties, ...]] = {}
    for service in stack.of(*SERVICES):
        selector = get_path(service.props, "spec", "selector")
        namespace = get_path(service.props, "metadata", "namespace")
        if selector is None and service.type.endswith("Patch"):
            selector = UNKNOWN  # what it patches has one
        behind[service] = tuple(
            container for pod, container in serving if _same(namespace, pod.namespace) and selects(selector, pod.labels)
        )
    return behind


def _into(stack: Stack, behind: dict[Subject, tuple[Properties, ...]], *, serving: bool) -> Iterator[EntryPoint]:
    """The ways in to the containers behind Services; ``serving``: whether a load balancer may lead to others."""
    for service, served in behind.items():
        yield from _of_service(service, served)
    classes = IngressClasses(stack)
    for ingress in stack.of(*INGRESSES):
        yield from _of_ingress(ingress, behind, classes.settings(ingress))
    for route in stack.of(*ROUTES):
        backends = [
            backend for rule in as_list(get_path(route.props, "spec", "rules")) for backend in _backend_refs(rule)
        ]
        reached, sure = _reached(route, [get_path(backend, "name") for backend in backends], behind)
        if reached:
            yield EntryPoint(subject=route, facing=None, ranges=UNKNOWN, behind=reached, sure=sure)
    yield from _of_balancers(stack, behind, serving=serving)


def _same(namespace: Value, other: Value) -> bool:
    """Whether two namespaces may be one; nothing said is the default one."""
    return UNKNOWN in {namespace, other} or given(namespace, "default") == given(other, "default")


def _of_service(service: Subject, behind: tuple[Properties, ...]) -> Iterator[EntryPoint]:
    kind, annotations = get_path(service.props, "spec", "type"), get_path(service.props, "metadata", "annotations")
    if behind and kind == "NodePort":
        # A port of each node: who reaches nodes, security groups say.
        yield EntryPoint(subject=service, facing=None, ranges=UNKNOWN, behind=behind)
    if not behind or kind not in {"LoadBalancer", UNKNOWN}:
        return
    ranges, annotated = get_path(service.props, "spec", "loadBalancerSourceRanges"), get_path(annotations, _RANGES)
    if not as_list(ranges) and annotated is not None:
        ranges = split_cidrs(annotated)
    facing = None if kind is UNKNOWN else _facing(annotations, get_path(service.props, "spec", "loadBalancerClass"))
    sure = get_path(service.props, "spec", "selector") is not None
    yield EntryPoint(subject=service, facing=facing, ranges=ranges, behind=behind, sure=sure)


def _facing(annotations: Value, class_: Value) -> bool | None:
    """Whether a Service of type LoadBalancer faces the internet; None if unknown."""
    if annotations is UNKNOWN or get_path(annotations, _SCHEME) is UNKNOWN:
        return None
    if (scheme := get_path(annotations, _SCHEME)) is not None:
        return bool(scheme == "internet-facing")
    internal = get_path(annotations, _INTERNAL)
    if internal is UNKNOWN:
        return None
    if str(internal).lower() in {"true", "0.0.0.0/0"}:
        return False
    if internal is not None:
        return True
    # The default of the AWS Load Balancer Controller is internal; the in-tree one, which takes all else, `nlb` among it,
    # makes public ones.
    type_ = get_path(annotations, _TYPE)
    if (class_ is not None and class_ is not UNKNOWN) or str(type_) in _CONTROLLERS_TYPES:
        return False
    return None if class_ is UNKNOWN or type_ is UNKNOWN else True


def _of_ingress(
    ingress: Subject, behind: dict[Subject, tuple[Properties, ...]], settings: AlbSettings
) -> Iterator[EntryPoint]:
    spec = ingress.props.get("spec")
    paths = [path for rule in as_list(get_path(spec, "rules")) for path in as_list(get_path(rule, "http", "paths"))]
    defaults = [get_path(spec, key) for key in ("defaultBackend", "backend") if get_path(spec, key) is not None]
    backends = [*defaults, *(get_path(path, "backend") for path in paths)]
    names = [given(get_path(backend, "service", "name"), get_path(backend, "serviceName")) for backend in backends]
    patched = not backends and ingress.type.endswith("Patch")
    reached, sure = _reached(ingress, [UNKNOWN] if spec is UNKNOWN or patched else names, behind)
    if not reached:
        return
    scheme = settings.scheme
    class_ = class_name(ingress)
    facing: bool | None = None
    if scheme is not UNKNOWN and (scheme is not None or class_ in {None, "alb"} or settings.by_class):
        facing = scheme == "internet-facing"  # the controller's default is internal
    asked = [get_path(path, "path") for path in paths]
    only_v1 = not defaults and all(isinstance(path, str) and f"{path}/".startswith("/v1/") for path in asked)
    yield EntryPoint(subject=ingress, facing=facing, ranges=settings.cidrs, behind=reached, sure=sure, by_path=only_v1)


def _backend_refs(rule: Value) -> list[Value]:
    return [UNKNOWN] if rule is UNKNOWN else as_list(get_path(rule, "backendRefs"))


def _reached(
    subject: Subject, names: Iterable[Value], behind: dict[Subject, tuple[Properties, ...]]
) -> tuple[tuple[Properties, ...], bool]:
    """The containers behind the services that an object names, and whether it is certain that it names them."""
    wanted, namespace = list(names), get_path(subject.props, "metadata", "namespace")
    dependencies = {urn for prop in ("spec", "metadata") for urn in subject.property_dependencies.get(prop, ())}
    found: list[Properties] = []
    sure = True
    for service, served in behind.items():
        name = get_path(service.props, "metadata", "name")
        known = (
            isinstance(name, str)
            and name in wanted
            and _same(namespace, get_path(service.props, "metadata", "namespace"))
        )
        if served and (known or (UNKNOWN in wanted and (service.urn in dependencies or not dependencies))):
            found += served
            sure = sure and (known or service.urn in dependencies)
    return tuple(found), sure


def _of_balancers(
    stack: Stack, behind: dict[Subject, tuple[Properties, ...]], *, serving: bool
) -> Iterator[EntryPoint]:
    graph = Graph(stack)
    reached: dict[str, tuple[Properties, ...]] = {}
    for binding in stack.of(BINDING):
        served, _ = _reached(binding, [get_path(binding.props, "spec", "serviceRef", "name")], behind)
        arn = get_path(binding.props, "spec", "targetGroupARN")
        for group in _targets(graph, binding, "spec", arn, TARGET_GROUPS):
            reached[group.urn] = reached.get(group.urn, ()) + served
    for balancer in stack.of(*BALANCERS):
        internal = balancer.props.get("internal")
        facing = None if internal is UNKNOWN else parse_bool(internal) is not True
        groups = [
            group
            for listener in stack.of(*LISTENERS)
            if balancer
            in _targets(graph, listener, "loadBalancerArn", listener.props.get("loadBalancerArn"), BALANCERS)
            for action in as_list(listener.props.get("defaultActions"))
            for group in _targets(graph, listener, "defaultActions", get_path(action, "targetGroupArn"), TARGET_GROUPS)
        ]
        served = tuple(container for group in groups for container in reached.get(group.urn, ()))
        if served or (serving and (not groups or any(group.urn not in reached for group in groups))):
            yield EntryPoint(subject=balancer, facing=facing, ranges=UNKNOWN, behind=served, sure=bool(served))


def _targets(graph: Graph, subject: Subject, prop: str, value: Value, types: tuple[str, ...]) -> list[Subject]:
    return (
        [] if value is None else [one for type_ in types for one in graph.targets(subject, prop, value, type_).subjects]
    )


def open_to_all(ranges: Value) -> bool:
    """Whether known CIDRs admit every address."""
    return not as_list(ranges) or any(is_open_cidr(item) for item in as_list(ranges))
