"""Environment variables of containers."""

from collections.abc import Mapping
from types import MappingProxyType

import pulumi
import pulumi_kubernetes as k8s

_NONE: Mapping[str, tuple[str, str]] = MappingProxyType({})


def environment(
    plain: Mapping[str, pulumi.Input[str]], secret: Mapping[str, tuple[str, str]] = _NONE
) -> list[k8s.core.v1.EnvVarArgs]:
    """Variables by name: ``plain`` to their values, ``secret`` to the Secret and the key in it that hold theirs."""
    return [
        *(k8s.core.v1.EnvVarArgs(name=name, value=value) for name, value in plain.items()),
        *(_of_secret(name, *place) for name, place in secret.items()),
    ]


def aws_region(region: str) -> dict[str, pulumi.Input[str]]:
    """The variables from which boto3 and the other AWS SDKs take their region."""
    return {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}


def _of_secret(name: str, secret: str, key: str) -> k8s.core.v1.EnvVarArgs:
    return k8s.core.v1.EnvVarArgs(
        name=name,
        value_from=k8s.core.v1.EnvVarSourceArgs(secret_key_ref=k8s.core.v1.SecretKeySelectorArgs(name=secret, key=key)),
    )
