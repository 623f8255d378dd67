"""What cannot be changed of what runs: place and zones of a cluster, kinds of services, the key of volumes; and versions no new cluster has."""

from planner.catalog.partitions import partition_of
from settings.derived.deployed import Deployed
from settings.validation.partial import PartialSettings
from settings.validation.regions import REGIONS
from settings.validation.version_support import cannot_be_created


def check_deployed(partial: PartialSettings) -> None:
    """Add kinds that a service cannot change to, a version that no new cluster has, and a place or zones that an existing one cannot take."""
    if partial.deployed is None:
        return
    _check_kinds(partial, partial.deployed)
    if partial.deployed.exists:
        _check_place(partial, partial.deployed)
        _check_zones(partial)
        _check_volume_key(partial, partial.deployed)
    elif partial.cluster and partial.today and (reason := cannot_be_created(partial.cluster, partial.today)):
        partial.add_issue(reason, "cluster", "version")


def _check_kinds(partial: PartialSettings, deployed: Deployed) -> None:
    """Refuse another kind for a service that runs.

    The objects of both kinds have the same names, and Pulumi creates before it deletes: the update would end half-way with
    "already exists".
    """
    for name, service in partial.services.items():
        has_key = deployed.services.get(name)
        if has_key is not None and has_key != service.has_api_key:
            partial.add_issue(
                f"is {service.kind}, and the service that runs under this name is of another kind: the update would end "
                "half-way, since the objects of both have the same names; give this one another name, or remove it in one "
                "update and add it in the next",
                *("services", name, "kind"),
            )


def _check_volume_key(partial: PartialSettings, deployed: Deployed) -> None:
    """Refuse to take the EBS driver's right to the key that volumes of pods may have: it could attach none of them again."""
    before = deployed.volume_key
    if before and partial.cluster and before not in partial.cluster.volume_keys:
        partial.add_issue(
            f"was {before}, which volumes of pods may still have, and without its right to that key the EBS driver attaches "
            "none of them again: add it to cluster.former_volume_keys, until no volume has it (docs/operations.md)",
            *("cluster", "volume_key"),
        )


def _check_place(partial: PartialSettings, deployed: Deployed) -> None:
    """Refuse another region or address range, which would replace the VPC and the cluster with all that runs in it."""
    # A region that does not exist is refused for that, and one of another partition needs another account.
    comparable = (
        partial.region in REGIONS and deployed.region and partition_of(partial.region) == partition_of(deployed.region)
    )
    changes = {
        ("region",): (partial.region if comparable else None, deployed.region),
        ("network", "cidr"): (partial.network and partial.network.cidr, deployed.network_cidr),
    }
    for path, (now, before) in changes.items():
        if now and before and now != before:
            partial.add_issue(
                f"is {now}, and the platform was made with {before}: another one replaces the VPC, and the cluster with all that runs "
                f"in it, so set {before} again, or deploy a new platform stack (docs/operations.md)",
                *path,
            )


def _check_zones(partial: PartialSettings) -> None:
    """Subnets of a cluster must be in the zones it was created in (EKS User Guide, "VPC requirements").

    The order of zones is free for EKS, but awsx gives the subnets away in this order, so it counts as well.
    """
    before = partial.deployed.zones if partial.deployed else ()
    if not partial.network or not before or set(partial.network.zones) == set(before):
        return
    partial.add_issue(
        f"is {', '.join(partial.network.zones)}, and the cluster was made in {', '.join(before)}: EKS takes only subnets "
        f"of the zones it began with, so set [{', '.join(before)}] again, or deploy a new platform stack "
        "(docs/operations.md)",
        *("network", "zones"),
    )
