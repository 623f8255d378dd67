"""Rules on Ingresses of the AWS Load Balancer Controller: what faces the internet speaks TLS, with named networks."""

import json
from dataclasses import replace
from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.analysis.entry_points import INGRESSES, open_to_all
from guardrails.analysis.ingress_classes import PARAMETERS, AlbSettings, IngressClasses, annotation
from guardrails.analysis.ingress_classes import TYPES as CLASS_TYPES
from guardrails.engine.rule import Finding, Findings, Rule, Stack, Subject, Unknown, guard
from guardrails.engine.values import UNKNOWN, as_list, get_path


def _ingresses(stack: Stack) -> Findings:
    classes = IngressClasses(stack)
    used: set[str] = set()
    for ingress in stack.of(*INGRESSES):
        settings = classes.settings(ingress)
        used |= {settings.by_class.urn} if settings.by_class else set()
        if settings.scheme is UNKNOWN:
            yield Unknown("its scheme is unknown", ingress.urn)
        elif settings.scheme == "internet-facing":
            yield from (replace(one, urn=ingress.urn) for one in guard(_networks(ingress, settings)))
            yield from (replace(one, urn=ingress.urn) for one in guard(_tls(ingress, settings)))
    for parameters in stack.of(*PARAMETERS):
        spec = parameters.props.get("spec")
        named = as_list(get_path(spec, "inboundCIDRs")) and as_list(get_path(spec, "certificateArn"))
        if parameters.urn not in used and get_path(spec, "scheme") == "internet-facing" and not named:
            what = "spec.scheme makes every Ingress of its class face the internet, and none of this stack shows how"
            yield Unknown(what, parameters.urn)


def _networks(ingress: Subject, settings: AlbSettings) -> Findings:
    # With security groups of its own the controller takes no account of CIDRs, and what those let in is not judged here.
    silent = annotation(ingress, "security-groups") is not None and annotation(ingress, "inbound-cidrs") is None
    if silent and annotation(ingress, "security-groups") is not UNKNOWN:
        yield Finding("faces the internet without inbound-cidrs: by security-groups alone")
    elif settings.cidrs is UNKNOWN or any(one is UNKNOWN for one in as_list(settings.cidrs)):
        yield Unknown("who may come is unknown: inbound-cidrs is, or prefix lists take its place")
    elif open_to_all(settings.cidrs):
        yield Finding(f"faces the internet without inbound-cidrs{_by(settings)}")


def _by(settings: AlbSettings) -> str:
    return f", by its class's IngressClassParams {settings.by_class.name}" if settings.by_class else ""


def _tls(ingress: Subject, settings: AlbSettings) -> Findings:
    """By default the controller listens on 443 where there is a certificate or ``tls``, and on 80 elsewhere."""
    ports = annotation(ingress, "listen-ports")
    if ports is None:
        shown = (settings.certificates, get_path(ingress.props, "spec", "tls"))
        silent, plain = f"faces the internet by plain HTTP{_by(settings)}", all(one is None for one in shown)
    else:
        shown = (ports, settings.redirect)
        silent = "faces the internet by plain HTTP: listen-ports has HTTP, and nothing redirects it"
        plain = ports is not UNKNOWN and _plain(str(ports)) and shown[1] is None
    if plain:
        yield Finding(silent)
    elif any(one is UNKNOWN for one in shown) and not (isinstance(ports, str) and not _plain(ports)):
        yield Unknown("whether it listens by TLS is unknown")


def _plain(ports: str) -> bool:
    try:
        found = json.loads(ports)
    except ValueError:
        return True
    return not isinstance(found, list) or any(not isinstance(one, dict) or "HTTP" in one for one in found)


RULES: Final = (
    Rule(
        id="ingress-tls-networks",
        family="exposure",
        level=EnforcementLevel.MANDATORY,
        blocks="an application load balancer that faces the internet without TLS or source ranges",
        why="Keys and prompts cross the internet with it; a key that is read on the way spends what its tenant may.",
        fix="set certificate-arn and listen-ports with HTTPS alone, and inbound-cidrs, or those of the IngressClassParams; a gateway: domain and source_ranges",
        benchmarks="FSBP ELB.1, ELBv2.1, CKV_AWS_2, trivy AWS-0054",
        types=INGRESSES | CLASS_TYPES,
        judge_stack=_ingresses,
    ),
)
