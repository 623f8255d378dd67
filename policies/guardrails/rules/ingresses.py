"""Rules on Ingresses of the AWS Load Balancer Controller: what faces the internet speaks TLS, with named networks."""

import json
from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.analysis.entry_points import INGRESSES, open_to_all, split_cidrs
from guardrails.engine.rule import Finding, Findings, Rule, Subject, Unknown, guard
from guardrails.engine.values import UNKNOWN, Value, get_path

_ALB: Final = "alb.ingress.kubernetes.io/"


def _annotation(subject: Subject, name: str) -> Value:
    return get_path(subject.props, "metadata", "annotations", _ALB + name)


def _ingress(subject: Subject) -> Findings:
    scheme = _annotation(subject, "scheme")
    if scheme is UNKNOWN:
        yield Unknown("its scheme is unknown")
    if scheme != "internet-facing":
        return
    yield from guard(_networks(subject))
    yield from guard(_tls(subject))


def _networks(subject: Subject) -> Findings:
    ranges = _annotation(subject, "inbound-cidrs")
    if ranges is UNKNOWN:
        yield Unknown("inbound-cidrs is unknown")
    elif open_to_all(split_cidrs(ranges)):
        yield Finding("faces the internet without inbound-cidrs")


def _tls(subject: Subject) -> Findings:
    """By default the controller listens on 443 where there is a certificate or ``tls``, and on 80 elsewhere."""
    ports = _annotation(subject, "listen-ports")
    if ports is None:
        shown = (_annotation(subject, "certificate-arn"), get_path(subject.props, "spec", "tls"))
        silent, plain = "faces the internet by plain HTTP", all(one is None for one in shown)
    else:
        shown = (ports, _annotation(subject, "ssl-redirect"))
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
        fix="set certificate-arn and listen-ports with HTTPS alone, and inbound-cidrs; a gateway: domain and source_ranges",
        benchmarks="FSBP ELB.1, ELBv2.1, CKV_AWS_2, trivy AWS-0054",
        types=INGRESSES,
        judge=_ingress,
    ),
)
