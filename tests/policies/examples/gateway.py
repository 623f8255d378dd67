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


LB_CLASS = "kubernetes:elbv2.k8s.aws/v1beta1:IngressClassParams"
AUTO_CLASS = "kubernetes:eks.amazonaws.com/v1:IngressClassParams"
SAFE_CLASS = {"inboundCIDRs": ["203.0.113.0/24"], "certificateArn": ["arn:aws:acm:us-east-1:1:certificate/1"]}


def of_class(
    note: str,
    params: dict[str, Any],
    *,
    kind: str = LB_CLASS,
    spec: dict[str, Any] | None = None,
    annotations: dict[str, Any] | None = None,
    default: str = "false",
    parameters: Any = "open",
) -> Case:
    """An Ingress, the class that it names, and the class's parameters."""
    marked = {"name": "shared", "annotations": {"ingressclass.kubernetes.io/is-default-class": default}}
    named = {"kind": "IngressClassParams", "name": parameters} if parameters else None
    return case(
        note,
        Given(kind, {"metadata": {"name": "open"}, "spec": params}, "params"),
        Given(
            "kubernetes:networking.k8s.io/v1:IngressClass", {"metadata": marked, "spec": {"parameters": named}}, "class"
        ),
        Given(
            INGRESS,
            {
                "metadata": {"annotations": annotations or {}},
                "spec": {"ingressClassName": "shared"} if spec is None else spec,
            },
            depends={"spec": ["class"]},
        ),
    )


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
            of_class("networks and certificate of its class", {"scheme": "internet-facing", **SAFE_CLASS}),
            of_class(
                "networks and certificate of its class, scheme of its own",
                SAFE_CLASS,
                annotations={f"{ALB}scheme": "internet-facing"},
            ),
            of_class("internal by its class", {"scheme": "internal"}, annotations={f"{ALB}scheme": "internet-facing"}),
            of_class(
                "a redirect of its class",
                {"scheme": "internet-facing", "sslRedirectPort": "443", **SAFE_CLASS},
                annotations={f"{ALB}listen-ports": '[{"HTTP": 80}, {"HTTPS": 443}]'},
            ),
            of_class("another class", {"scheme": "internet-facing", **SAFE_CLASS}, spec={"ingressClassName": "nginx"}),
            of_class("a class without parameters", {"scheme": "internal"}, parameters=None),
        ),
        fails=(
            of_class("internet-facing by its class", {"scheme": "internet-facing"}),
            of_class("internet-facing by Auto Mode's class", {"scheme": "internet-facing"}, kind=AUTO_CLASS),
            of_class(
                "internet-facing by its class, whatever it says itself",
                {"scheme": "internet-facing", "certificateArn": ["arn:aws:acm:us-east-1:1:certificate/1"]},
                annotations={f"{ALB}scheme": "internal"},
            ),
            of_class(
                "everybody by its class",
                {"inboundCIDRs": ["0.0.0.0/0"]},
                annotations={
                    f"{ALB}scheme": "internet-facing",
                    f"{ALB}certificate-arn": "arn:x",
                    f"{ALB}inbound-cidrs": "203.0.113.0/24",
                },
            ),
            of_class("the default class", {"scheme": "internet-facing"}, spec={}, default="true"),
            of_class("a class of unknown name", {"scheme": "internet-facing"}, spec={"ingressClassName": U}),
            ingress("security groups alone", **HTTPS, **{"security-groups": "sg-1"}),
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
            ingress("prefix lists", **HTTPS, **{"security-group-prefix-lists": "pl-1"}),
            of_class("networks of its class", {"scheme": "internet-facing", **SAFE_CLASS, "inboundCIDRs": [U]}),
            of_class(
                "prefix lists of its class",
                {"scheme": "internet-facing", **SAFE_CLASS, "inboundCIDRs": [], "prefixListsIDs": ["pl-1"]},
            ),
            of_class("scheme of its class", {"scheme": U}),
            of_class("Ingresses of elsewhere", {"scheme": "internet-facing"}, spec={"ingressClassName": "other"}),
        ),
        both=(ingress("plain from unknown networks", **{"inbound-cidrs": U}),),
        other=OTHER,
    ),
}
