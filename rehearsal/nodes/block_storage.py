"""The EBS CSI driver: makes an EBS volume and a PersistentVolume for each claim, deletes both when the claim is gone.

Binding is the real control plane's. As with the real driver, nothing happens unless the cluster has the add-on
``aws-ebs-csi-driver``, and with ``WaitForFirstConsumer`` the volume is in the zone of the node the scheduler chose.
"""

import asyncio
import logging
import math
import shutil
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path

from planner import quantities
from planner.units import GIB
from rehearsal.controlplane.errors import AlreadyExistsError, KubeError, NotFoundError
from rehearsal.nodes.addons import installed
from rehearsal.nodes.api import Api, Object
from rehearsal.nodes.aws import Cloud, CloudUnreachableError
from rehearsal.nodes.events import Events
from rehearsal.nodes.store import Store

LOG = logging.getLogger(__name__)
DRIVER = "ebs.csi.aws.com"
ADDON = "aws-ebs-csi-driver"
_PROVISIONER = "volume.kubernetes.io/storage-provisioner"
_SELECTED_NODE = "volume.kubernetes.io/selected-node"
_PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
_POLL_SECONDS = 0.3
Place = Callable[[str], tuple[str, str, str] | None]
"""Region, zone and EKS cluster of a node by its name; None if it is not one of ours."""


def folder_of(nodes: Path, volume: str) -> Path:
    """Where the content of a PersistentVolume is on this machine."""
    return nodes / "volumes" / volume


class BlockStorage:
    """Provisions and deletes volumes for the claims of one cluster."""

    def __init__(
        self, *, api: Api, cloud: Cloud, claims: Store, volumes: Store, place: Place, nodes: Path, records: Path
    ) -> None:
        """Take what it watches.

        Args:
            api: The API server.
            cloud: EC2.
            claims: PersistentVolumeClaims.
            volumes: PersistentVolumes.
            place: Where a node is.
            nodes: Folder of the node agent.
            records: Database in which the AWS provider records add-ons.
        """
        self._api, self._cloud, self._claims, self._volumes = api, cloud, claims, volumes
        self._place, self._nodes, self._records = place, nodes, records
        self._events = Events(api)
        self._reported: dict[str, str] = {}

    async def run(self) -> None:
        """Provision and delete until cancelled."""
        while True:
            values = self._values()
            if values is not None:
                tags = values.get("controller", {}).get("extraVolumeTags", {})
                for claim in self._claims:
                    await self._attempt(claim, partial(self._provision, of_driver=tags))
                for volume in self._volumes:
                    await self._attempt(volume, self._reclaim)
            await asyncio.sleep(_POLL_SECONDS)

    def _values(self) -> Object | None:
        """The add-on's values; None where the cluster does not have it."""
        try:
            return installed(self._records).get(ADDON)
        except sqlite3.Error as error:
            # The provider makes the file first and its table then.
            LOG.info("add-ons: %s; again", error)
            return None

    async def _attempt(self, obj: Object, action: Callable[[Object], Awaitable[None]]) -> None:
        try:
            await action(obj)
        except (KubeError, CloudUnreachableError, ValueError) as error:
            uid, message = obj["metadata"]["uid"], str(error)
            if self._reported.get(uid) != message:
                self._reported[uid] = message
                LOG.info("%s: %s; again", obj["metadata"]["name"], message)
                self._events.emit(obj, "ProvisioningFailed", f"failed to provision volume: {message}", warning=True)

    async def _provision(self, claim: Object, *, of_driver: Mapping[str, str]) -> None:
        meta, spec = claim["metadata"], claim["spec"]
        annotations: Mapping[str, str] = meta.get("annotations") or {}
        if annotations.get(_PROVISIONER) != DRIVER or spec.get("volumeName") or meta.get("deletionTimestamp"):
            return
        name = f"pvc-{meta['uid']}"
        if self._volumes.get("", name):
            return
        place = self._place(annotations.get(_SELECTED_NODE, ""))
        if place is None:
            return
        kind = await self._api.get(f"/apis/storage.k8s.io/v1/storageclasses/{spec['storageClassName']}")
        parameters = kind.get("parameters") or {}
        size = gib(spec["resources"]["requests"]["storage"])
        region, zone, cluster = place
        tags = {
            "CSIVolumeName": name,
            "ebs.csi.aws.com/cluster": "true",
            "kubernetes.io/created-for/pvc/name": meta["name"],
            "kubernetes.io/created-for/pvc/namespace": meta["namespace"],
            "kubernetes.io/created-for/pv/name": name,
            # The EKS add-on runs the driver with --k8s-tag-cluster-id (docs/tagging.md and pkg/driver/constants.go of
            # kubernetes-sigs/aws-ebs-csi-driver); by these a residue is found.
            f"kubernetes.io/cluster/{cluster}": "owned",
            "KubernetesCluster": cluster,
            "Name": f"{cluster}-dynamic-{name}",
        }
        # Those of the driver last (pkg/driver/controller.go).
        tags |= dict(
            text.partition("=")[::2] for key, text in parameters.items() if key.startswith("tagSpecification_")
        )
        tags |= of_driver
        volume = await self._cloud.volume(region, zone, size, parameters, tags)
        folder_of(self._nodes, name).mkdir(parents=True, exist_ok=True)
        try:
            await self._api.create("/api/v1/persistentvolumes", _persistent_volume(name, claim, kind, volume, zone))
        except AlreadyExistsError:
            return
        self._events.emit(claim, "ProvisioningSucceeded", f"Successfully provisioned volume {name}", warning=False)

    async def _reclaim(self, volume: Object) -> None:
        """Delete a released volume, unless its class retains it."""
        meta, spec = volume["metadata"], volume["spec"]
        if (meta.get("annotations") or {}).get(_PROVISIONED_BY) != DRIVER:
            return
        if volume.get("status", {}).get("phase") != "Released" or spec["persistentVolumeReclaimPolicy"] != "Delete":
            return
        [zone] = spec["nodeAffinity"]["required"]["nodeSelectorTerms"][0]["matchExpressions"][0]["values"]
        await self._cloud.delete_volume(zone[:-1], spec["csi"]["volumeHandle"])
        shutil.rmtree(folder_of(self._nodes, meta["name"]), ignore_errors=True)
        try:
            await self._api.delete(f"/api/v1/persistentvolumes/{meta['name']}")
        except NotFoundError:
            return


def gib(quantity: str) -> int:
    """GiB of a quantity, rounded up, as EBS sells them.

    Raises:
        ValueError: it is not a quantity.
    """
    found = quantities.parse(quantity)
    if found is None:
        raise ValueError(f"{quantity!r} is not a size of a volume: write a quantity such as 20Gi")
    return math.ceil(found / GIB)


def _persistent_volume(name: str, claim: Object, kind: Object, volume: str, zone: str) -> Object:
    meta, spec = claim["metadata"], claim["spec"]
    reference = {key: meta[key] for key in ("namespace", "name", "uid", "resourceVersion")}
    term = {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, "annotations": {_PROVISIONED_BY: DRIVER}},
        "spec": {
            "capacity": {"storage": f"{gib(spec['resources']['requests']['storage'])}Gi"},
            "accessModes": spec["accessModes"],
            "volumeMode": spec.get("volumeMode", "Filesystem"),
            "persistentVolumeReclaimPolicy": kind.get("reclaimPolicy", "Delete"),
            "storageClassName": kind["metadata"]["name"],
            "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", **reference},
            "csi": {"driver": DRIVER, "volumeHandle": volume, "fsType": "ext4"},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [term]}]}},
        },
    }
