"""AWS account that a stack is deployed into: what its settings name there, roles of spot and Auto Scaling, and quotas.

On AWS these are there before a stack is deployed, made by whoever runs the account. In a sandbox they are made before an
operation, unless they are there; so a name that is misspelt in the settings is not noticed here.
"""

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import httpx

from rehearsal.aws.signing import signed, signed_json
from rehearsal.sandbox import ACCOUNT, Sandbox, SandboxError
from rehearsal.stacks import domains, volume_keys
from rehearsal.stacks.project import project_name
from settings.loading.yaml_text import read_yaml

DESCRIPTION = "In the account before any stack"
LINKED_ROLES = {
    "AWSServiceRoleForEC2Spot": "spot.amazonaws.com",
    "AWSServiceRoleForAutoScaling": "autoscaling.amazonaws.com",
}
"""Service-linked roles of an account that has run spot instances and Auto Scaling groups, to their services."""
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}],
}
_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def prepare(sandbox: Sandbox, settings: Path) -> None:
    """Make what the settings take as given, where it is missing."""
    config = (read_yaml(settings.read_text(encoding="utf-8-sig")) or {}).get("config") or {}
    with _Account(sandbox, region_of(settings)) as account:
        for name, service in LINKED_ROLES.items():
            account.once("GetRole", {"RoleName": name}, "CreateServiceLinkedRole", AWSServiceName=service)
        for role in _own([*_admins(config), *_auditors(config)], "role"):
            path, name = _path_and_name(role)
            trust = json.dumps(_TRUST)
            account.once(
                "GetRole",
                {"RoleName": name},
                "CreateRole",
                RoleName=name,
                Path=path,
                AssumeRolePolicyDocument=trust,
                Description=DESCRIPTION,
            )
        boundary = config.get(f"{project_name()}:permissions_boundary")
        for policy in _own([boundary], "policy"):
            path, name = _path_and_name(policy)
            given = {"PolicyArn": policy}
            account.once(
                "GetPolicy", given, "CreatePolicy", PolicyName=name, Path=path, PolicyDocument=json.dumps(_ALL)
            )
        domains.prepare(account.http, region_of(settings), config)
        volume_keys.prepare(account.http, region_of(settings), config)


def set_quotas(sandbox: Sandbox, settings: Path, quotas: Mapping[str, float]) -> None:
    """Give EC2's quotas other values, by their codes; the request that raises a quota is granted here at once.

    Raises:
        SandboxError: there is no such quota.
    """
    with _Account(sandbox, region_of(settings)) as account:
        for code, value in quotas.items():
            account.set_quota(code, value)


def region_of(settings: Path) -> str:
    """The region of a stack's settings; the usual one where they do not say."""
    config = (read_yaml(settings.read_text(encoding="utf-8-sig")) or {}).get("config") or {}
    return str(config.get(f"{project_name()}:region") or "us-east-1")


class _Account:
    """The calls, over plain HTTP: boto3 takes half a second to load."""

    def __init__(self, sandbox: Sandbox, region: str) -> None:
        self.http = httpx.Client(base_url=sandbox.aws_url, timeout=60.0, trust_env=False)
        self._region = region

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def once(self, look: str, given: Mapping[str, str], make: str, **parameters: str) -> None:
        """Make something unless a look finds it."""
        if self._iam(look, given).is_success:
            return
        answer = self._iam(make, parameters)
        if not answer.is_success:
            raise SandboxError(f"the rehearsal's account: {make}: {_message(answer.text)}")

    def set_quota(self, code: str, value: float) -> None:
        body = json.dumps({"ServiceCode": "ec2", "QuotaCode": code, "DesiredValue": value})
        headers = signed_json(self._region, "servicequotas", "ServiceQuotasV20190624.RequestServiceQuotaIncrease")
        answer = self.http.post("/", content=body, headers=headers)
        if not answer.is_success:
            raise SandboxError(f"EC2 has no quota {code} in the rehearsal: see rehearsal/aws/quotas.py")

    def _iam(self, action: str, parameters: Mapping[str, str]) -> httpx.Response:
        form = {"Action": action, "Version": "2010-05-08", **parameters}
        return self.http.post("/", data=form, headers=signed("us-east-1", "iam"))


def _admins(config: Mapping[str, Any]) -> list[object]:
    cluster = config.get(f"{project_name()}:cluster")
    admins = cluster.get("admins") if isinstance(cluster, dict) else None
    return admins if isinstance(admins, list) else []


def _auditors(config: Mapping[str, Any]) -> list[object]:
    gateway = config.get(f"{project_name()}:gateway")
    logs = gateway.get("response_logs") if isinstance(gateway, dict) else None
    auditors = logs.get("auditors") if isinstance(logs, dict) else None
    return auditors if isinstance(auditors, list) else []


def _own(arns: list[Any], kind: str) -> Iterator[str]:
    """Yield the ARNs of the sandbox's own account; the program refuses what is not an ARN in its own words."""
    for arn in arns:
        if isinstance(arn, str) and f":iam::{ACCOUNT}:{kind}/" in arn:
            yield arn


def _path_and_name(arn: str) -> tuple[str, str]:
    _, *path, name = arn.rpartition(":")[2].split("/")
    return "/".join(["", *path, ""]), name


def _message(text: str) -> str:
    try:
        found = [node.text for node in ET.fromstring(text).iter() if node.tag.rpartition("}")[2] == "Message"]  # noqa: S314 - our own loopback server
    except ET.ParseError:
        found = []
    return " ".join((found[0] or "" if found else text).split())[:200]
