"""Machines of instances that Karpenter has launched: running in EC2, with the tag of their NodePool."""

import logging
import time
from collections.abc import Collection

from rehearsal.nodes.aws import Cloud
from rehearsal.nodes.boot import boot_seconds
from rehearsal.nodes.ec2_instances import Instance, TaggedInstances
from rehearsal.nodes.machines import Machine, type_facts
from rehearsal.nodes.sources import Wanted
from rehearsal.nodes.user_data import NodeConfig, UserDataError, node_config

POOL_TAG = "karpenter.sh/nodepool"
LOG = logging.getLogger(__name__)


class LaunchedInstances:
    """A machine for each such instance, once it has booted."""

    def __init__(self, cloud: Cloud) -> None:
        self._instances = TaggedInstances(cloud, POOL_TAG)
        self._seen: dict[str, float] = {}
        self._configs: dict[str, NodeConfig | None] = {}

    async def wanted(self, present: Collection[Machine]) -> list[Wanted]:
        """Return the machines of the instances that run."""
        known = {machine.key for machine in present}
        found = await self._instances.running()
        running = {instance.id for instance in found}
        self._seen = {ident: at for ident, at in self._seen.items() if ident in running}
        self._configs = {ident: config for ident, config in self._configs.items() if ident in running}
        wanted = []
        for instance in found:
            started = self._seen.setdefault(instance.id, time.monotonic())
            if instance.id not in known and time.monotonic() - started < boot_seconds():
                continue
            config = self._config(instance)
            if config is not None:
                wanted.append(self._wanted(instance, config))
        return wanted

    def _config(self, instance: Instance) -> NodeConfig | None:
        """What kubelet registers with; None where the user data cannot be read."""
        if instance.id not in self._configs:
            try:
                self._configs[instance.id] = node_config(instance.user_data)
            except UserDataError as error:
                LOG.warning("%s does not become a node: %s", instance.id, error)
                self._configs[instance.id] = None
        return self._configs[instance.id]

    def _wanted(self, instance: Instance, config: NodeConfig) -> Wanted:
        def build(address: str) -> Machine:
            return Machine(
                key=instance.id,
                group="",
                pool=instance.tags[POOL_TAG],
                instance=instance.id,
                cluster=config.cluster,
                address=address,
                region=instance.region,
                zone=instance.subnet.zone,
                cidr=instance.subnet.cidr,
                instance_type=instance.type,
                capacity_type="SPOT" if instance.spot else "ON_DEMAND",
                disk_gib=instance.disk_gib,
                version=instance.version,
                labels=dict(config.labels),
                taints=list(config.taints),
                tags=dict(instance.tags),
                **type_facts(instance.type, instance.described),
            )

        return Wanted(key=instance.id, cidr=instance.subnet.cidr, address=instance.address, build=build)
