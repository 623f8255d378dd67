"""Settings of an Ingress as the AWS Load Balancer Controller and EKS Auto Mode take them: those of its class before its own.

An IngressClass may name an IngressClassParams, whose ``scheme``, ``inboundCIDRs``, ``certificateArn`` and ``sslRedirectPort``
take the place of the annotations (AWS Load Balancer Controller, docs/guide/ingress/ingress_class.md).
"""

from dataclasses import dataclass
from typing import Final

from guardrails.engine.rule import Stack, Subject
from guardrails.engine.values import UNKNOWN, Value, as_list, get_path, given

CLASSES: Final = frozenset(
    f"kubernetes:networking.k8s.io/{version}:IngressClass{variant}"
    for version in ("v1", "v1beta1")
    for variant in ("", "Patch")
)
PARAMETERS: Final = frozenset(
    f"kubernetes:{version}:IngressClassParams{variant}"
    for version in ("elbv2.k8s.aws/v1beta1", "eks.amazonaws.com/v1")
    for variant in ("", "Patch")
)
TYPES: Final = CLASSES | PARAMETERS
ALB: Final = "alb.ingress.kubernetes.io"
_CLASS: Final = "kubernetes.io/ingress.class"
_DEFAULT: Final = "ingressclass.kubernetes.io/is-default-class"


@dataclass(frozen=True, kw_only=True)
class AlbSettings:
    """Settings of the load balancer of an Ingress; None where nothing says it."""

    scheme: Value
    cidrs: Value
    """Who may come, a list; `UNKNOWN` where security groups or prefix lists decide."""
    certificates: Value
    redirect: Value
    """Port of TLS to which plain HTTP is sent."""
    by_class: Subject | None
    """The IngressClassParams that counts, if the stack has it."""


class IngressClasses:
    """The classes of one stack, with their parameters."""

    def __init__(self, stack: Stack) -> None:
        self._classes = list(stack.of(*CLASSES))
        self._parameters = list(stack.of(*PARAMETERS))

    def settings(self, ingress: Subject) -> AlbSettings:
        """The settings of an Ingress."""
        parameters = self._of(ingress) if self._parameters else None
        spec = parameters.props.get("spec") if parameters else None
        return AlbSettings(
            scheme=given(get_path(spec, "scheme"), annotation(ingress, "scheme")),
            cidrs=_networks(spec, ingress),
            certificates=given(_listed(get_path(spec, "certificateArn")), annotation(ingress, "certificate-arn")),
            redirect=given(get_path(spec, "sslRedirectPort"), annotation(ingress, "ssl-redirect")),
            by_class=parameters,
        )

    def _of(self, ingress: Subject) -> Subject | None:
        named = class_name(ingress)
        dependencies = ingress.property_dependencies.get("spec", ())
        for one in self._classes:
            name = get_path(one.props, "metadata", "name")
            default = named is None and get_path(one.props, "metadata", "annotations", _DEFAULT) == "true"
            # An unknown name is that of the class that the Ingress comes from.
            if default or (isinstance(named, str) and named == name) or (named is UNKNOWN and one.urn in dependencies):
                return self._parameters_of(one)
        return None

    def _parameters_of(self, class_: Subject) -> Subject | None:
        named = get_path(class_.props, "spec", "parameters", "name")
        dependencies = class_.property_dependencies.get("spec", ())
        for one in self._parameters:
            name = get_path(one.props, "metadata", "name")
            if (isinstance(named, str) and named == name) or (named is UNKNOWN and one.urn in dependencies):
                return one
        return None


def class_name(ingress: Subject) -> Value:
    """The class that an Ingress names."""
    of_spec = get_path(ingress.props, "spec", "ingressClassName")
    return given(of_spec, get_path(ingress.props, "metadata", "annotations", _CLASS))


def annotation(ingress: Subject, name: str) -> Value:
    """An annotation of the controller."""
    return get_path(ingress.props, "metadata", "annotations", f"{ALB}/{name}")


def _networks(spec: Value, ingress: Subject) -> Value:
    of_class = _listed(get_path(spec, "inboundCIDRs"))
    if of_class is not None:
        return of_class
    own = annotation(ingress, "inbound-cidrs")
    if annotation(ingress, "security-groups") is not None:
        return UNKNOWN  # the controller then takes no account of CIDRs
    if own is not None:
        return split_cidrs(own)
    lists = [_listed(get_path(spec, key)) for key in ("prefixListsIDs", "PrefixListsIDs")]
    lists.append(annotation(ingress, "security-group-prefix-lists"))
    return UNKNOWN if any(one is not None for one in lists) else None


def split_cidrs(value: Value) -> Value:
    """The CIDRs of an annotation."""
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


def _listed(value: Value) -> Value:
    """A list, or None for one without items."""
    return value if value is UNKNOWN or as_list(value) else None
