"""The machines, in step with their sources: node groups, and instances that Karpenter launches."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

from rehearsal.controlplane.errors import KubeError
from rehearsal.nodes.addresses import SubnetPool
from rehearsal.nodes.aws import CloudUnreachableError
from rehearsal.nodes.departure import Departure
from rehearsal.nodes.machines import SPOT, Machine
from rehearsal.nodes.registration import Registration
from rehearsal.nodes.sources import Source, Wanted
from workspace.files import write_atomically

LOG = logging.getLogger(__name__)
_POLL_SECONDS = 1.5
_RENEW_SECONDS = 10


class Registry:
    """Holds the machines, and the Nodes in step with them."""

    def __init__(
        self,
        *,
        sources: Sequence[Source],
        registration: Registration,
        departure: Departure,
        subnets: SubnetPool,
        file: Path,
    ) -> None:
        self._sources, self._registration, self._departure = sources, registration, departure
        self._subnets = subnets
        self._file = file
        self._leaving: dict[str, asyncio.Task[None]] = {}
        self._unwanted: set[str] = set()
        self._reclaimed: set[str] = set()
        self._lost: list[Callable[[str], Awaitable[None]]] = []
        # Held while one machine is looked after or taken away: a heartbeat must not bring a Node back that just left.
        self._turn = asyncio.Lock()
        self.cloud_error = ""
        self.machines: dict[str, Machine] = {}
        for data in json.loads(file.read_text()) if file.exists() else []:
            known = Machine(**data)
            self.machines[known.name] = known
            subnets.claim(known.address)

    def place(self, name: str) -> tuple[str, str, str] | None:
        """Region, zone and EKS cluster of a node; None if it is not one of these machines."""
        known = self.machines.get(name)
        return (known.region, known.zone, known.cluster) if known else None

    def works(self, name: str) -> bool:
        """Return whether a machine exists and its kubelet runs."""
        return name in self.machines and not self.machines[name].failed

    def on_loss(self, lose: Callable[[str], Awaitable[None]]) -> None:
        """Call ``lose`` with the name of a machine that stops at once, before its Node changes."""
        self._lost.append(lose)

    async def fail(self, name: str) -> bool:
        """Stop a machine's kubelet and all its processes for good; return whether there is such a machine."""
        async with self._turn:
            if name not in self.machines:
                return False
            self.machines[name] = replace(self.machines[name], failed=True)
            self._save()
        await self._stop(name)
        return True

    def reclaim(self, name: str, seconds: float) -> bool:
        """Take a spot machine of a node group back: drained at once, as EKS does on EC2's notice, and gone after ``seconds``
        at the latest. Its group then has another one, with another address. Return whether there is such a machine.
        """
        known = self.machines.get(name)
        if known is None or not known.group or known.capacity_type != SPOT or name in self._leaving:
            return False
        self._reclaimed.add(known.key)
        self._leaving[name] = asyncio.create_task(self._take_back(known, seconds))
        return True

    async def follow(self) -> None:
        """Read the sources again and again; one that cannot be read changes nothing."""
        while True:
            try:
                present = list(self.machines.values())
                await self._reconcile([one for source in self._sources for one in await source.wanted(present)])
                self.cloud_error = ""
            except CloudUnreachableError as error:
                self.cloud_error = str(error)
            except KubeError as error:
                LOG.info("nodes: %s; again", error)
            await asyncio.sleep(_POLL_SECONDS)

    async def heartbeat(self) -> None:
        """Renew leases, and repair what a pause or a `kubectl delete node` has left behind."""
        while True:
            for name in list(self.machines):
                async with self._turn:
                    if self.works(name):
                        await self._registration.look_after(self.machines[name], leaving=name in self._leaving)
            await asyncio.sleep(_RENEW_SECONDS)

    async def set_gpus(self, name: str, gpus: int) -> None:
        """Make GPUs allocatable, as a device plugin registered them (0: it went away)."""
        if self.works(name):
            await self._registration.set_gpus(self.machines[name], gpus)

    async def _reconcile(self, wanted: list[Wanted]) -> None:
        by_key = {one.key: one for one in wanted}
        present = {known.key: known for known in self.machines.values()}
        await asyncio.gather(*(self._add(one) for key, one in by_key.items() if key not in present))
        for key, known in present.items():
            if key in self._reclaimed:
                continue
            if key in by_key:
                self._unwanted.discard(key)
                self._stay(known)
                await self._refresh(known, by_key[key])
            elif key in self._unwanted and known.name not in self._leaving:
                self._leaving[known.name] = asyncio.create_task(self._leave(known))
            else:
                # Gone in one answer only: the next one must say so again.
                self._unwanted.add(key)

    async def _add(self, wanted: Wanted) -> None:
        address = wanted.address or self._subnets.take(wanted.cidr)
        self._subnets.claim(address)
        new = wanted.build(address)
        # Before its Node exists: a pod may be bound to that at once.
        self.machines[new.name] = new
        try:
            await self._registration.register(new)
        except KubeError:
            del self.machines[new.name]
            self._subnets.release(address)
            raise
        self._save()

    async def _refresh(self, known: Machine, wanted: Wanted) -> None:
        """Labels, taints and the rest of a group that was updated; EKS would roll the nodes for a new template."""
        if not known.group:
            return
        new = replace(wanted.build(known.address), failed=known.failed)
        if new == known or not await self._registration.update(known, new):
            return
        self.machines[known.name] = new
        self._save()
        LOG.info("%s updated with node group %s", known.name, known.group)

    def _stay(self, known: Machine) -> None:
        """The group wants the machine again before it had left."""
        task = self._leaving.pop(known.name, None)
        if task and not task.done():
            task.cancel()

    async def _leave(self, known: Machine) -> None:
        if known.group:
            LOG.info("%s leaves: node group %s no longer wants it", known.name, known.group)
            await self._departure.drain(known)
        else:
            LOG.info("%s is gone: instance %s does not run any more", known.name, known.instance)
            await self._stop(known.name)
        await self._remove(known)

    async def _take_back(self, known: Machine, seconds: float) -> None:
        LOG.info("%s is taken back in %.0f s", known.name, seconds)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._departure.drain(known)
        await self._stop(known.name)
        await self._remove(known)

    async def _remove(self, known: Machine) -> None:
        async with self._turn:
            await self._departure.delete(known)
            self.machines.pop(known.name, None)
            self._registration.forget(known)
            self._unwanted.discard(known.key)
            self._reclaimed.discard(known.key)
            self._subnets.release(known.address)
            self._save()
            self._leaving.pop(known.name, None)

    async def _stop(self, name: str) -> None:
        for lose in self._lost:
            await lose(name)

    def _save(self) -> None:
        write_atomically(self._file, json.dumps([asdict(known) for known in self.machines.values()]))
