"""Settings of the EKS cluster: version, who reaches its API, who administers it."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from foundation.network_settings import RetentionDays
from foundation.spec import Cidr, RoleArn, Spec

KubernetesVersion = Literal["1.33", "1.34", "1.35"]

OWN_ADDRESS = (
    "set your own address: pulumi config set --path 'llm-platform:cluster.api_access.public_cidrs[0]' "
    '"$(curl -s https://checkip.amazonaws.com)/32"'
)


def _some_addresses(cidrs: tuple[str, ...]) -> tuple[str, ...]:
    if not cidrs:
        raise ValueError(f"is empty, so nobody could reach the Kubernetes API; {OWN_ADDRESS}")
    return cidrs


def _not_everybody(cidr: str) -> str:
    if cidr.endswith("/0"):
        raise ValueError(f"opens the Kubernetes API to everybody; {OWN_ADDRESS}")
    return cidr


class PublicApiAccess(Spec):
    """The Kubernetes API answers inside the network, and on the internet to these addresses."""

    public_cidrs: Annotated[
        tuple[Annotated[Cidr, AfterValidator(_not_everybody)], ...], AfterValidator(_some_addresses)
    ]
    """Networks that may reach the API, such as 203.0.113.7/32."""


class PrivateApiAccess(Spec):
    """The Kubernetes API answers inside the network only; `pulumi up` must run there."""

    private: Literal[True]
    """Always true."""


def _kind_of_access(value: Any) -> str | None:
    keys = set(value) if isinstance(value, dict) else set(type(value).model_fields)
    if {"public_cidrs", "private"} <= keys:
        return None
    return "public" if "public_cidrs" in keys else "private" if "private" in keys else None


ApiAccess = Annotated[
    Annotated[PublicApiAccess, Tag("public")] | Annotated[PrivateApiAccess, Tag("private")],
    Discriminator(
        _kind_of_access,
        custom_error_type="api_access",
        custom_error_message="must be exactly one of {public_cidrs: [your address/32]} and {private: true}",
    ),
]


def _some_admins(admins: tuple[str, ...]) -> tuple[str, ...]:
    if not admins:
        raise ValueError("is empty, so nobody could use the cluster: name at least one IAM role ARN")
    if len(set(admins)) != len(admins):
        raise ValueError("names a role twice: EKS takes one access entry a role")
    return admins


class ClusterSettings(Spec):
    """The EKS cluster."""

    version: KubernetesVersion = "1.35"
    """Kubernetes version, in quotes."""
    api_access: ApiAccess
    """Who reaches the Kubernetes API: exactly one of {public_cidrs: [...]} and {private: true}."""
    admins: Annotated[tuple[RoleArn, ...], AfterValidator(_some_admins)]
    """ARNs of the IAM roles that administer the cluster."""
    log_retention_days: RetentionDays = 30
    """Days the control plane's api, audit and authenticator logs are kept."""
    deletion_protection: bool = Field(default=False)
    """EKS refuses to delete the cluster while this is on."""
