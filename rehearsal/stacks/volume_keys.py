"""What a cluster with a key of one's own for volumes finds in its account: that key, and the former ones."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from rehearsal.aws.given_ids import GIVEN
from rehearsal.aws.signing import signed_json
from rehearsal.sandbox import ACCOUNT, SandboxError
from rehearsal.stacks.project import project_name


def prepare(http: httpx.Client, region: str, config: Mapping[str, Any]) -> None:
    """Make the keys of the sandbox's account under their own ids, unless they are there.

    Args:
        http: A client of the sandbox's AWS.
        region: Region of the stack.
        config: Its settings.

    Raises:
        SandboxError: KMS refuses.
    """
    for arn in _named(config):
        start, _, ident = arn.rpartition("/")
        if start != f"arn:aws:kms:{region}:{ACCOUNT}:key" or _kms(http, region, "DescribeKey", KeyId=ident).is_success:
            continue
        # KMS's own default, which moto lacks.
        answer = _kms(http, region, "CreateKey", Description=GIVEN + ident, KeyUsage="ENCRYPT_DECRYPT")
        if not answer.is_success:
            raise SandboxError(f"the rehearsal's account: key {arn}: {answer.text[:200]}")


def _named(config: Mapping[str, Any]) -> Iterator[str]:
    cluster = config.get(f"{project_name()}:cluster")
    if isinstance(cluster, dict):
        former = cluster.get("former_volume_keys")
        for arn in (cluster.get("volume_key"), *(former if isinstance(former, list) else ())):
            if isinstance(arn, str):
                yield arn


def _kms(http: httpx.Client, region: str, operation: str, **body: str) -> httpx.Response:
    headers = signed_json(region, "kms", f"TrentService.{operation}")
    return http.post("/", content=json.dumps(body), headers=headers)
