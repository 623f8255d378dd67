"""What an Ingress says of its load balancer: annotations of the AWS Load Balancer Controller, with its defaults.

Defaults: kubernetes-sigs/aws-load-balancer-controller docs/guide/ingress/annotations.md.
"""

import json
from dataclasses import dataclass

from rehearsal.nodes.api import Object

CLASS = "alb"
_PREFIX = "alb.ingress.kubernetes.io/"
_LEGACY_CLASS = "kubernetes.io/ingress.class"


class IngressError(Exception):
    """The controller would not make a load balancer of it; the message says why."""


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """How targets are checked; seconds."""

    path: str = "/"
    interval: float = 15
    timeout: float = 5
    healthy: int = 2
    unhealthy: int = 2
    codes: tuple[tuple[int, int], ...] = ((200, 200),)

    def accepts(self, code: int) -> bool:
        """Whether a target that answers with this status is healthy."""
        return any(first <= code <= last for first, last in self.codes)


@dataclass(frozen=True, kw_only=True)
class Alb:
    """One load balancer.

    Attributes:
        service: Name of the Service that it leads to.
        port: Number or name of the Service's port.
        listeners: Ports, each with whether it speaks TLS.
        certificate: ARN of its certificate; empty without TLS.
        scheme: ``internal`` or ``internet-facing``.
        ranges: Sources that are let in; none means all.
        idle_seconds: How long a connection may be silent.
        deregistration_seconds: How long a target that goes may finish its requests.
        check: Its health check.
    """

    service: str
    port: int | str
    listeners: tuple[tuple[int, bool], ...]
    certificate: str
    scheme: str
    ranges: tuple[str, ...]
    idle_seconds: int
    deregistration_seconds: int
    check: HealthCheck


def wanted(ingress: Object | None) -> bool:
    """Whether the controller takes the Ingress: it is of its class and stays."""
    if ingress is None or ingress["metadata"].get("deletionTimestamp"):
        return False
    annotations = ingress["metadata"].get("annotations") or {}
    return (ingress["spec"].get("ingressClassName") or annotations.get(_LEGACY_CLASS)) == CLASS


def read(ingress: Object) -> Alb:
    """Return the load balancer that an Ingress describes.

    Raises:
        IngressError: the controller, or the rehearsal, makes none of it.
    """
    given = {
        key.removeprefix(_PREFIX): value
        for key, value in (ingress["metadata"].get("annotations") or {}).items()
        if key.startswith(_PREFIX)
    }
    service, port = _backend(ingress)
    if given.get("target-type", "instance") != "ip":
        raise IngressError("target-type is not ip: the rehearsal's load balancers send to pods")
    certificate = given.get("certificate-arn", "").split(",")[0].strip()
    listeners = _listeners(given.get("listen-ports"), tls=bool(certificate))
    if any(tls for _, tls in listeners) and not certificate:
        raise IngressError("listen-ports has HTTPS without certificate-arn: no certificate is found for host *")
    attributes = _attributes(given.get("load-balancer-attributes", ""))
    group = _attributes(given.get("target-group-attributes", ""))
    return Alb(
        service=service,
        port=port,
        listeners=listeners,
        certificate=certificate,
        scheme=given.get("scheme", "internal"),
        ranges=tuple(part.strip() for part in given.get("inbound-cidrs", "").split(",") if part.strip()),
        idle_seconds=_number(attributes, "idle_timeout.timeout_seconds", 60),
        deregistration_seconds=_number(group, "deregistration_delay.timeout_seconds", 300),
        check=HealthCheck(
            path=given.get("healthcheck-path", "/"),
            interval=_number(given, "healthcheck-interval-seconds", 15),
            timeout=_number(given, "healthcheck-timeout-seconds", 5),
            healthy=_number(given, "healthy-threshold-count", 2),
            unhealthy=_number(given, "unhealthy-threshold-count", 2),
            codes=_codes(given.get("success-codes", "200")),
        ),
    )


def _backend(ingress: Object) -> tuple[str, int | str]:
    """The one Service that everything goes to."""
    spec = ingress["spec"]
    found = [spec["defaultBackend"]] if "defaultBackend" in spec else []
    for rule in spec.get("rules", []):
        for path in (rule.get("http") or {}).get("paths", []):
            if rule.get("host") or path.get("path", "/") != "/":
                raise IngressError("the rehearsal's load balancers have no rules by host or path")
            found.append(path["backend"])
    services = {(one["service"]["name"], *one["service"]["port"].values()) for one in found if "service" in one}
    if len(services) != 1:
        raise IngressError(f"it leads to {len(services)} Services, and the rehearsal's load balancers to one")
    name, port = services.pop()
    return name, port


def _listeners(text: str | None, *, tls: bool) -> tuple[tuple[int, bool], ...]:
    if text is None:
        return ((443, True),) if tls else ((80, False),)
    try:
        return tuple((int(port), kind == "HTTPS") for one in json.loads(text) for kind, port in one.items())
    except (ValueError, AttributeError, TypeError) as error:
        raise IngressError(f"listen-ports {text!r} is not a list such as [{{'HTTP': 80}}]") from error


def _attributes(text: str) -> dict[str, str]:
    return dict(part.strip().split("=", 1) for part in text.split(",") if "=" in part)


def _codes(text: str) -> tuple[tuple[int, int], ...]:
    ranges = [part.strip().partition("-") for part in text.split(",")]
    try:
        return tuple((int(first), int(last or first)) for first, _, last in ranges)
    except ValueError:
        raise IngressError(f"success-codes {text!r} is not a list such as 200,201 or a range such as 200-299") from None


def _number(given: dict[str, str], name: str, default: int) -> int:
    """A whole number, as all of the controller's are."""
    try:
        return int(given.get(name, default))
    except ValueError:
        raise IngressError(f"{name} {given[name]!r} is not a whole number") from None
