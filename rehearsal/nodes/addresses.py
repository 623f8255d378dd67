"""Addresses: loopback ones that processes listen on, and those of the VPC that Kubernetes sees."""

import ipaddress
import json
from collections import OrderedDict
from pathlib import Path

from workspace.files import write_atomically

_FIRST, _LAST = 2, 254
_SUBNET_RESERVED = 4  # AWS keeps the first four addresses of a subnet and the last


class AddressesExhaustedError(Exception):
    """No address is left; the message says of what."""


class LoopbackPool:
    """The sandbox's /24: load balancers from the top, remembered by Service; pods from the bottom, used in turn."""

    def __init__(self, prefix: str, file: Path) -> None:
        self._prefix = prefix
        self._file = file
        self._kept: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
        self._free = OrderedDict.fromkeys(n for n in range(_FIRST, _LAST + 1) if n not in self._kept.values())

    def keep(self, owner: str) -> str:
        """The address of ``owner`` (a Service's UID): always the same, also after a restart."""
        if owner not in self._kept:
            self._kept[owner] = self._take(last=True)
            self._save()
        return f"{self._prefix}.{self._kept[owner]}"

    def forget(self, owner: str) -> None:
        """The Service is gone."""
        number = self._kept.pop(owner, None)
        if number is not None:
            self._free[number] = None
            self._save()

    def lend(self) -> str:
        """An address for a pod."""
        return f"{self._prefix}.{self._take(last=False)}"

    def give_back(self, address: str) -> None:
        """The pod is gone; its address is used again after all others."""
        self._free[int(address.rpartition(".")[2])] = None

    def _take(self, *, last: bool) -> int:
        if not self._free:
            raise AddressesExhaustedError(f"all {_LAST - 1} addresses of {self._prefix}.0/24 are taken by pods")
        # Returned addresses stand at the end; a load balancer takes the highest number that is free.
        number = max(self._free) if last else next(iter(self._free))
        del self._free[number]
        return number

    def _save(self) -> None:
        write_atomically(self._file, json.dumps(self._kept))


class SubnetPool:
    """Private addresses of the subnets, as the VPC CNI would give them to nodes and pods.

    They are used in turn. The CNI keeps a pod's address back for 30 s after its end (``IP_COOLDOWN_PERIOD``,
    aws/amazon-vpc-cni-k8s#2492): neighbours that have the old hardware address in a cache would not reach the next pod.
    """

    def __init__(self) -> None:
        self._used: set[str] = set()
        self._next: dict[str, int] = {}

    def claim(self, address: str) -> None:
        """The address is in use already."""
        self._used.add(address)

    def take(self, cidr: str) -> str:
        """The next free address of a subnet; one that was released comes after all others."""
        network = ipaddress.ip_network(cidr)
        count = network.num_addresses - 1 - _SUBNET_RESERVED
        first = self._next.get(cidr, 0)
        for number in range(first, first + count):
            address = str(network[_SUBNET_RESERVED + number % count])
            if address not in self._used:
                self._used.add(address)
                self._next[cidr] = (number + 1) % count
                return address
        raise AddressesExhaustedError(f"subnet {cidr} has no address left; make it larger")

    def release(self, address: str) -> None:
        """The address may be used again."""
        self._used.discard(address)
