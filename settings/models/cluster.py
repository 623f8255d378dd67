"""Settings of the EKS cluster: version, who reaches its API, who administers it."""

from ipaddress import IPv4Network
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from planner.catalog.eks_versions import known, kubernetes_versions
from planner.shown import as_yaml
from settings.models.addons import Addon, AddonVersion
from settings.models.base import (
    PRIVATE_RANGES,
    SECURITY_GROUP_RULES,
    Cidr,
    KeyArn,
    RoleArn,
    SettingsModel,
    Text,
    in_private_range,
    networks_once,
)
from settings.models.karpenter import KarpenterSettings
from settings.models.network import RetentionDays
from settings.models.node_release import NodeRelease

_LONGEST_VERSION = 20


def _known_version(name: str) -> str:
    if len(name) > _LONGEST_VERSION or not known(name):
        listed = ", ".join(f"'{one}'" for one in kubernetes_versions())
        raise ValueError(f"{as_yaml(name)} is not a version that EKS supports: choose from {listed}")
    return name


KubernetesVersion = Annotated[Text, AfterValidator(_known_version)]
SupportType = Literal["STANDARD", "EXTENDED"]

OWN_ADDRESS = (
    "set your own address: pulumi config set --path 'llm-platform:cluster.api_access.public_cidrs[0]' "
    '"$(curl -s https://checkip.amazonaws.com)/32"'
)


SHORTEST_PREFIX = 8
MOST_CIDRS = 40
"""EKS takes no more public access CIDRs."""
DOCUMENTATION = tuple(IPv4Network(cidr) for cidr in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"))
"""RFC 5737's example networks, which Python counts as private."""


def _some_addresses(cidrs: tuple[str, ...]) -> tuple[str, ...]:
    if not cidrs:
        raise ValueError(f"is empty, so no client could reach the Kubernetes API; {OWN_ADDRESS}")
    if len(cidrs) > MOST_CIDRS:
        raise ValueError(f"has {len(cidrs)} networks, EKS takes {MOST_CIDRS}: merge some, or make the API private")
    return networks_once(cidrs)


def _not_everybody(cidr: str) -> str:
    network = IPv4Network(cidr)
    if network.prefixlen < SHORTEST_PREFIX:
        raise ValueError(f"opens the Kubernetes API to everybody, or nearly so; {OWN_ADDRESS}")
    # Loopback is private too, but the rehearsal's API server is nowhere else.
    if (
        network.is_private
        and not network.is_loopback
        and not any(network.subnet_of(example) for example in DOCUMENTATION)
    ):
        raise ValueError(f"{cidr} is a private network, which EKS refuses as a public source; {OWN_ADDRESS}")
    return cidr


class PublicApiAccess(SettingsModel):
    """The Kubernetes API answers inside the network, and on the internet to these addresses."""

    public_cidrs: Annotated[
        tuple[Annotated[Cidr, AfterValidator(_not_everybody)], ...], AfterValidator(_some_addresses)
    ]
    """Networks that may reach the API, such as 203.0.113.7/32."""


def _inside(cidr: str) -> str:
    if not in_private_range(IPv4Network(cidr)):
        raise ValueError(
            f"{cidr} is not a private network ({', '.join(map(str, PRIVATE_RANGES))}): name one that is joined to the VPC, "
            "or use public_cidrs"
        )
    return cidr


def _few_networks(cidrs: tuple[str, ...]) -> tuple[str, ...]:
    # One rule more is the VPC's own, and one pulumi-eks's.
    most = SECURITY_GROUP_RULES - 2
    if len(cidrs) > most:
        raise ValueError(
            f"has {len(cidrs)} networks, and the cluster's security group takes {SECURITY_GROUP_RULES} rules, {most} of them for these: "
            "write fewer, larger networks"
        )
    return networks_once(cidrs)


class PrivateApiAccess(SettingsModel):
    """The Kubernetes API answers inside the network only; deploy from there."""

    private: Literal[True]
    """Always true."""
    from_cidrs: Annotated[tuple[Annotated[Cidr, AfterValidator(_inside)], ...], AfterValidator(_few_networks)] = ()
    """Further private networks that reach the API, by peering, VPN or transit gateway; the VPC itself always does."""


def _kind_of_access(value: Any) -> str | None:
    # The tags are not keys of the file, or they would pass for one in the path of an issue.
    keys = set(value) if isinstance(value, dict) else set(getattr(type(value), "model_fields", ()))
    if {"public_cidrs", "private"} <= keys:
        return None
    return "PublicApiAccess" if "public_cidrs" in keys else "PrivateApiAccess" if "private" in keys else None


ApiAccess = Annotated[
    Annotated[PublicApiAccess, Tag("PublicApiAccess")] | Annotated[PrivateApiAccess, Tag("PrivateApiAccess")],
    Discriminator(
        _kind_of_access,
        custom_error_type="api_access",
        custom_error_message="must be exactly one of {public_cidrs: [your address/32]} and {private: true}",
    ),
]


def _some_admins(admins: tuple[str, ...]) -> tuple[str, ...]:
    if not admins:
        raise ValueError("is empty, so no user could use the cluster: name at least one IAM role ARN")
    if len(set(admins)) != len(admins):
        raise ValueError("names a role twice: EKS takes one access entry a role")
    return admins


class ClusterSettings(SettingsModel):
    """The EKS cluster."""

    version: KubernetesVersion = "1.35"
    """Kubernetes version, in quotes; a new cluster needs one that EKS still offers, see docs/operations.md."""
    support_type: SupportType = "STANDARD"
    """What EKS does when standard support of the version ends: STANDARD upgrades the control plane by itself, EXTENDED
    keeps it for twelve months more at 0.60 instead of 0.10 US dollars an hour."""
    api_access: ApiAccess
    """Who reaches the Kubernetes API: exactly one of {public_cidrs: [...]} and {private: true}."""
    admins: Annotated[tuple[RoleArn, ...], AfterValidator(_some_admins)]
    """ARNs of the IAM roles that administer the cluster."""
    log_retention_days: RetentionDays = 30
    """Days the control plane's api, audit and authenticator logs are kept."""
    deletion_protection: bool = Field(default=False)
    """EKS refuses to delete the cluster while this is on."""
    node_release: NodeRelease | None = None
    """AMI release of every pool, such as 1.35.6-20260714; where it is not set, new pools get the release of
    docs/operations.md and existing ones keep theirs."""
    force_update_version: bool = False
    """An update of nodes ends pods that a disruption budget keeps from being evicted for 15 minutes, instead of failing."""
    addon_versions: dict[Addon, AddonVersion] = Field(default_factory=dict)
    """EKS add-on to the version it stays at, such as vpc-cni: v1.20.4-eksbuild.1; vpc-cni and kube-proxy otherwise follow
    AWS's newest at each update, the others keep the version they were made with."""
    session_manager: bool = False
    """Nodes may be reached by AWS Systems Manager's Session Manager, with a shell as root."""
    node_repair: bool = False
    """EKS replaces or reboots nodes that fail, GPU faults included; adds the node monitoring agent."""
    karpenter: KarpenterSettings = KarpenterSettings()
    """Karpenter's controller, for the pools with provisioner karpenter."""
    keda: bool | None = None
    """KEDA, which scales services; default: where a service of this stack has autoscale. Set true where services of team stacks
    have: it is the platform's, and goes with its last service otherwise."""
    default_storage_class: bool = False
    """The EBS driver makes a default StorageClass (gp3), for PersistentVolumeClaims that name none."""
    volume_key: KeyArn | None = None
    """ARN of the KMS key that encrypts volumes of nodes and of pods; default: EBS's default key of the account. On a deployed
    stack all nodes are replaced one after another, and volumes of pods keep the key they have (docs/operations.md)."""
    former_volume_keys: tuple[KeyArn, ...] = ()
    """ARNs of keys that `volume_key` was before, while pods have volumes of theirs: without its right to the key the EBS driver
    cannot attach them to another node."""

    @property
    def volume_keys(self) -> tuple[str, ...]:
        """Keys of the volumes of pods, each once: those that are made now, and those that were made before."""
        return tuple(dict.fromkeys([*([self.volume_key] if self.volume_key else []), *self.former_volume_keys]))

    def repairs_nodes(self, *, karpenter: bool) -> bool:
        """Whether nodes that fail are replaced, by EKS or, where the stack has it, by Karpenter; the monitoring agent finds them."""
        return self.node_repair or (karpenter and self.karpenter.node_repair)
