"""The gateway's table and its load balancer."""

from typing import Any

from tests.policies.examples import Examples
from tests.policies.judging import Case, Given, U, case

OTHER = Given("aws:ec2/eip:Eip", {"domain": "vpc"})
TABLE = "aws:dynamodb/table:Table"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
ALB = "alb.ingress.kubernetes.io/"
ENCRYPTED = {"enabled": True, "kmsKeyArn": U}
ON = {"enabled": True}
RANGES = {"inbound-cidrs": "203.0.113.0/24"}
HTTPS = {"listen-ports": '[{"HTTPS": 443}]', "certificate-arn": U}


def table(note: str, **props: Any) -> Case:
    return case(note, Given(TABLE, props))


def ingress(note: str, spec: dict[str, Any] | None = None, scheme: Any = "internet-facing", **annotations: Any) -> Case:
    named = {ALB + key.replace("_", "-"): value for key, value in {"scheme": scheme, **annotations}.items()}
    return case(note, Given(INGRESS, {"metadata": {"annotations": named}, "spec": spec or {}}))


EXAMPLES = {
    "dynamodb-kms-recovery": Examples(
        passes=(table("both", serverSideEncryption=ENCRYPTED, pointInTimeRecovery=ON),),
        fails=(
            table("neither"),
            table("no key", pointInTimeRecovery=ON),
            table("no recovery", serverSideEncryption=ENCRYPTED, pointInTimeRecovery={"enabled": False}),
        ),
        unknown=(table("one", serverSideEncryption=ENCRYPTED, pointInTimeRecovery=U),),
        both=(table("key missing, recovery unknown", pointInTimeRecovery={"enabled": U}),),
        other=OTHER,
    ),
    "ingress-tls-networks": Examples(
        passes=(
            ingress("internal", scheme="internal"),
            ingress("by default internal", scheme=None),
            ingress("https from networks", **RANGES, **HTTPS),
            ingress(
                "redirected", **RANGES, **{"listen-ports": '[{"HTTP": 80}, {"HTTPS": 443}]', "ssl-redirect": "443"}
            ),
            ingress("certificate alone", **RANGES, **{"certificate-arn": "arn:aws:acm:us-east-1:1:certificate/1"}),
            ingress("tls of the spec", {"tls": [{"hosts": ["llm.example.com"]}]}, **RANGES),
        ),
        fails=(
            ingress("plain", **RANGES),
            ingress("both ports", **RANGES, **{"listen-ports": '[{"HTTP": 80}, {"HTTPS": 443}]'}),
            ingress("ports that cannot be read", **RANGES, **{"listen-ports": "HTTPS"}),
            ingress("everybody", **HTTPS),
            ingress("no network in the list", **HTTPS, **{"inbound-cidrs": ","}),
            ingress("everybody by name", **HTTPS, **{"inbound-cidrs": "10.0.0.0/8, 0.0.0.0/0"}),
        ),
        unknown=(
            ingress("scheme", scheme=U),
            ingress("ports", **RANGES, **{"listen-ports": U}),
            ingress("networks", **HTTPS, **{"inbound-cidrs": U}),
        ),
        both=(ingress("plain from unknown networks", **{"inbound-cidrs": U}),),
        other=OTHER,
    ),
}
