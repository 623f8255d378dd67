"""What an operator should know before a node release, an older platform or a destroy surprises him: preview warnings."""

from collections.abc import Iterator, Mapping

from settings.derived.platform_facts import PlatformFacts
from settings.issues import Issue, join
from settings.models.cluster import ClusterSettings, PrivateApiAccess
from settings.models.node_release import reported_bad
from settings.models.pools import NodeGroup, Pool
from settings.models.services.base import ServiceSettings


def release_warnings(cluster: ClusterSettings, pools: Mapping[str, Pool]) -> Iterator[Issue]:
    """A warning for each stated AMI release with GPU images that are reported broken."""
    stated = {"cluster.node_release": cluster.node_release}
    stated |= {
        join("pools", name, "node_release"): pool.node_release
        for name, pool in pools.items()
        if isinstance(pool, NodeGroup)
    }
    for path, release in stated.items():
        if release and (report := reported_bad(release)):
            yield Issue(path, f"of release {release} it is reported that {report}: take another")


def destroy_warnings(cluster: ClusterSettings, *, protect: bool) -> Iterator[Issue]:
    """A warning if a destroy of a private stack could delete its own network path half way."""
    private = isinstance(cluster.api_access, PrivateApiAccess)
    if private and not protect and not cluster.deletion_protection:
        yield Issue(
            "cluster.api_access",
            "is private and nothing is protected: a destroy that runs inside the network loses its NAT gateway and routes "
            "half way; set {public_cidrs: [...]}, `make up STACK=NAME`, and destroy from outside (docs/operations.md, Destroy a "
            "private stack)",
        )


def volume_key_warnings(cluster: ClusterSettings) -> Iterator[Issue]:
    """A warning if the EBS driver makes a default class, whose volumes have no key of the settings (its chart has no value for it)."""
    if cluster.volume_key and cluster.default_storage_class:
        yield Issue(
            "cluster.default_storage_class",
            "makes the EBS driver's class ebs-csi-default-sc, which does not encrypt with cluster.volume_key: turn on encryption by "
            "default with that key in the account (aws ec2 enable-ebs-encryption-by-default, modify-ebs-default-kms-key-id), or "
            "make a class of your own with the parameters encrypted and kmsKeyId",
        )


def source_range_warnings(services: Mapping[str, ServiceSettings], platform: PlatformFacts) -> Iterator[Issue]:
    """A warning for each internal endpoint that admits every network joined to the VPC, whose range is not known."""
    if platform.network_cidr:
        return
    for name, service in services.items():
        if service.endpoint.scheme == "internal" and not service.endpoint.source_ranges:
            yield Issue(
                join("services", name, "endpoint.source_ranges"),
                "is not set, and the platform was deployed before it exported its network: whatever is routed to the VPC "
                "may connect; update the platform stack first, or list the networks",
            )
