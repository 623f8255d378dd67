"""The Secret with a service's two keys: one for clients, one for who scrapes its metrics.

The program draws both at random in every run, and ``ignore_changes`` makes the first draw the one that stays: from then
on the engine takes the old values before it even asks the provider, in preview, update and refresh alike. So the keys
need no provider of their own, no master key, and stand nowhere but in the Secret and, encrypted, in the stack's state.
Delete the Secret and run ``pulumi up --refresh``, and the service has new ones; its pods roll, see the annotation.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.kubernetes.manifests import checksum, decode, encode, metadata

API_KEY = "api_key"
SCRAPE_TOKEN = "scrape_token"  # noqa: S105 - the key's name in the Secret
ENTROPY_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class ServiceKeys:
    """The Secret and what the rest of the service needs of it."""

    secret: k8s.core.v1.Secret
    """The Secret."""
    name: str
    """Its name."""
    api_key: pulumi.Output[str]
    """What clients send as bearer token; secret."""
    checksum: pulumi.Output[str]
    """Changes with the keys and gives nothing away of them."""


def service_keys(
    name: str, namespace: pulumi.Input[str], labels: Mapping[str, str], parent: pulumi.Resource
) -> ServiceKeys:
    """The keys of service ``name``."""
    drawn = {key: pulumi.Output.secret(encode(secrets.token_urlsafe(ENTROPY_BYTES))) for key in (API_KEY, SCRAPE_TOKEN)}
    secret = k8s.core.v1.Secret(
        f"{name}-keys",
        metadata=metadata(f"{name}-keys", namespace, labels),
        data=drawn,
        opts=pulumi.ResourceOptions(parent=parent, ignore_changes=[f"data.{key}" for key in drawn]),
    )
    # Read back from the resource, not from what was drawn: the resource has the draw that stayed.
    return ServiceKeys(
        secret=secret,
        name=f"{name}-keys",
        api_key=pulumi.Output.secret(secret.data.apply(lambda data: decode(data[API_KEY]))),
        checksum=pulumi.Output.unsecret(
            secret.data.apply(lambda data: checksum(*(data[key] for key in (API_KEY, SCRAPE_TOKEN))))
        ),
    )
