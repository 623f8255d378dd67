"""Pods with a network namespace each, on the bridge of the sandbox's namespace."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Interface, IPv4Network
from typing import TypeVar

from rehearsal.network import links
from rehearsal.network.links import Links
from rehearsal.network.namespaces import NEWNET, unshare
from rehearsal.network.pods import Attachment

_T = TypeVar("_T")


class BridgedPods:
    """Each pod has its address in the VPC, as an interface of its own. Made inside the sandbox's namespace.

    A pod's namespace lives as long as the descriptor that this process holds, or a process of the pod.
    """

    def __init__(self, bridge: IPv4Interface, services: IPv4Network) -> None:
        """Make the bridge again, with ``bridge`` as its address, and make all of ``services`` this namespace's own."""
        self._bridge = bridge
        # pyroute2 has an event loop of its own in the thread that opens a socket, and the caller's thread may run one.
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="links")
        self._links = self._worker.submit(Links).result()
        self._outer = links.descriptor_of_this_namespace()
        self._pods: dict[str, tuple[int, str]] = {}
        self._do(self._links.clean)
        self._do(lambda: self._links.bridge(bridge))
        self._do(lambda: self._links.own(str(services)))

    def close(self) -> None:
        """Let all pods' namespaces go."""
        for descriptor, _ in self._pods.values():
            os.close(descriptor)
        self._pods.clear()
        os.close(self._outer)
        self._do(self._links.close)
        self._worker.shutdown()

    def attach(self, address: str, *, node: str) -> Attachment:
        """Make the pod's namespace and connect it; a pod on its node's network is in the sandbox's own namespace."""
        if address == node:
            return Attachment(listen=address, namespace=f"/proc/{os.getpid()}/fd/{self._outer}")
        self._unplug(address)
        descriptor, interface = _elsewhere(lambda: self._pod(address))
        self._pods[address] = descriptor, interface
        self._do(lambda: self._links.plug_in(interface, address))
        return Attachment(listen=address, namespace=f"/proc/{os.getpid()}/fd/{descriptor}")

    def detach(self, attachment: Attachment) -> None:
        """Take the pod's link away; its namespace goes with its last process."""
        self._unplug(attachment.listen)

    def target(self, address: str) -> str | None:
        """Every address is dialed as it is."""
        return address

    def claim(self, address: str) -> None:
        """Make a node's address one of the sandbox's."""
        self._do(lambda: self._links.own(f"{address}/32"))

    def release(self, address: str) -> None:
        """Give it up."""
        self._do(lambda: self._links.disown(f"{address}/32"))

    def _do(self, work: Callable[[], None]) -> None:
        self._worker.submit(work).result()

    def _unplug(self, address: str) -> None:
        if address in self._pods:
            descriptor, interface = self._pods.pop(address)
            self._do(lambda: self._links.unplug(interface, address))
            os.close(descriptor)

    def _pod(self, address: str) -> tuple[int, str]:
        unshare(NEWNET)
        return links.descriptor_of_this_namespace(), links.pod_side(address, self._bridge, self._outer)


def _elsewhere(work: Callable[[], _T]) -> _T:
    """Do ``work`` in a thread of its own, which may go to another namespace and never comes back."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(work).result()
