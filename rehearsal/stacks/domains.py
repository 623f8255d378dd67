"""What a gateway with a domain finds in its account: the hosted zone and the certificate that the settings name."""

import json
from collections.abc import Mapping
from typing import Any

import httpx

from rehearsal.aws.given_ids import GIVEN
from rehearsal.aws.signing import signed, signed_json
from rehearsal.sandbox import SandboxError
from rehearsal.stacks.project import project_name


def prepare(http: httpx.Client, region: str, config: Mapping[str, Any]) -> None:
    """Make them under their own ids, unless they are there.

    Args:
        http: A client of the sandbox's AWS.
        region: Region of the stack.
        config: Its settings.

    Raises:
        SandboxError: AWS refuses.
    """
    gateway = config.get(f"{project_name()}:gateway")
    domain = gateway.get("domain") if isinstance(gateway, dict) else None
    if not isinstance(gateway, dict) or not isinstance(domain, str):
        return
    if zone := gateway.get("zone_id"):
        _zone(http, str(zone), domain.partition(".")[2] or domain)
    if certificate := gateway.get("certificate_arn"):
        _certificate(http, region, str(certificate), domain)


def _zone(http: httpx.Client, ident: str, name: str) -> None:
    headers, path = signed("us-east-1", "route53"), "/2013-04-01/hostedzone"
    if http.get(f"{path}/{ident}", headers=headers).is_success:
        return
    body = (
        '<CreateHostedZoneRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/">'
        f"<Name>{name}</Name><CallerReference>{GIVEN}{ident}</CallerReference></CreateHostedZoneRequest>"
    )
    _check(http.post(path, content=body, headers=headers | {"Content-Type": "application/xml"}), f"hosted zone {ident}")


def _certificate(http: httpx.Client, region: str, arn: str, domain: str) -> None:
    if _acm(http, region, "DescribeCertificate", {"CertificateArn": arn}).is_success:
        return
    asked = {"DomainName": domain, "IdempotencyToken": GIVEN + arn.rpartition("/")[2]}
    _check(_acm(http, region, "RequestCertificate", asked), f"certificate {arn}")


def _acm(http: httpx.Client, region: str, operation: str, body: Mapping[str, str]) -> httpx.Response:
    headers = signed_json(region, "acm", f"CertificateManager.{operation}")
    return http.post("/", content=json.dumps(body), headers=headers)


def _check(answer: httpx.Response, what: str) -> None:
    if not answer.is_success:
        raise SandboxError(f"the rehearsal's account: {what}: {answer.text[:200]}")
