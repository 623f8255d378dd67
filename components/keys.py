"""API keys and tokens that the program draws at random: drawn once, kept in a Kubernetes Secret and, encrypted, in the state.

The program draws every key in every run, and ``ignore_changes`` makes the first draw the one that stays: from then on the
engine takes the old values before it asks the provider, in preview, update and refresh alike. So keys need no provider
of their own and no master key. To rotate them, delete the Secret and run ``pulumi up --refresh``; pods that carry the
checksum in an annotation roll.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pulumi
import pulumi_kubernetes as k8s

from components.kubernetes.content import checksum, decode, encode
from components.kubernetes.scope import Scope

ENTROPY_BYTES = 32
NONE_GIVEN: Mapping[str, pulumi.Input[str]] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class DrawnKeys:
    """A Secret of keys, and what the pods and users that need them read of it."""

    secret: k8s.core.v1.Secret
    """The Secret."""
    name: str
    """Name of the Secret."""
    values: Mapping[str, pulumi.Output[str]]
    """Name of each key to its text; secret."""
    checksum: pulumi.Output[str]
    """SHA-256 over the keys: it changes with them and discloses nothing of them."""


def draw_keys(
    scope: Scope, suffix: str, keys: Sequence[str], given: Mapping[str, pulumi.Input[str]] = NONE_GIVEN
) -> DrawnKeys:
    """The Secret ``NAME-SUFFIX`` with ``keys``, each of 32 random bytes as URL-safe text; existing keys stay as they are.

    Args:
        scope: The workload.
        suffix: End of the Secret's name.
        keys: Names of the keys that are drawn.
        given: Keys that come from elsewhere: name to text. They follow their source.
    """
    drawn = {key: pulumi.Output.secret(encode(secrets.token_urlsafe(ENTROPY_BYTES))) for key in keys}
    taken = {key: pulumi.Output.secret(text).apply(encode) for key, text in given.items()}
    options = pulumi.ResourceOptions(ignore_changes=[f"data.{key}" for key in drawn])
    secret = k8s.core.v1.Secret(
        scope.named(suffix),
        metadata=scope.metadata(suffix),
        data={**drawn, **taken},
        opts=pulumi.ResourceOptions.merge(scope.options(), options),
    )

    def value(key: str) -> pulumi.Output[str]:
        # Read back from the resource, not from what was drawn: the resource has the draw that stayed.
        return pulumi.Output.secret(secret.data.apply(lambda data: decode(data[key])))

    return DrawnKeys(
        secret=secret,
        name=scope.named(suffix),
        values={key: value(key) for key in (*keys, *given)},
        checksum=pulumi.Output.unsecret(
            secret.data.apply(lambda data: checksum(*(data[key] for key in (*keys, *given))))
        ),
    )
