"""Links of a sandbox's namespace: a bridge, one pair of interfaces a pod, and addresses that are its own.

Every call is made inside the namespace (or, for `pod_side`, in a new one), which this user owns.
"""

import contextlib
import ipaddress
import os
import secrets

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

BRIDGE = "pods"
# Locally administered. A bridge without one of its own has the lowest of its ports: when the pod of that port went, every
# other pod would send to it for up to a minute, until its neighbour entry is checked.
_BRIDGE_MAC = "02:00:00:00:00:01"
POD_INTERFACE = "eth0"
# Of the local table, which the kernel looks into first; the protocol number marks what is ours.
_LOCAL_TABLE, _LOCAL_TYPE, _HOST_SCOPE, _OURS = 255, "local", 254, 77
_LINK_SCOPE = 253
# RFC 1918 and RFC 6598: all that a VPC may consist of, reached directly. What lies outside is refused at once.
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")


class Links:
    """The namespace this process is in."""

    def __init__(self) -> None:
        """Open a netlink socket."""
        self._ip = IPRoute()

    def close(self) -> None:
        """Close it."""
        self._ip.close()

    def clean(self) -> None:
        """Remove what an earlier node agent has left."""
        for link in self._ip.get_links():
            if link.get("ifname") == BRIDGE or link.get("ifname", "").startswith("pod-"):
                self._delete(link["index"])
        for route in self._ip.get_routes(family=2, table=_LOCAL_TABLE):
            if route["proto"] == _OURS:
                self.disown(f"{route.get('dst')}/{route['dst_len']}")

    def bridge(self, address: ipaddress.IPv4Interface) -> None:
        """Make the bridge, with the sandbox's own address on it."""
        self._ip.link("add", ifname=BRIDGE, kind="bridge", address=_BRIDGE_MAC)
        index = self._index(BRIDGE)
        self._ip.addr("add", index=index, address=str(address.ip), prefixlen=address.network.prefixlen)
        self._ip.link("set", index=index, state="up")

    def own(self, network: str) -> None:
        """Make all addresses of ``network`` this namespace's: they can be bound, and neighbours find them here."""
        self._ip.route(
            "replace",
            dst=network,
            oif=self._index("lo"),
            type=_LOCAL_TYPE,
            scope=_HOST_SCOPE,
            table=_LOCAL_TABLE,
            proto=_OURS,
        )

    def disown(self, network: str) -> None:
        """Undo `own`."""
        with contextlib.suppress(NetlinkError):  # gone already
            self._ip.route("del", dst=network, type=_LOCAL_TYPE, scope=_HOST_SCOPE, table=_LOCAL_TABLE)

    def plug_in(self, interface: str, address: str) -> None:
        """Put the sandbox's end of a pod's pair on the bridge, and lead the pod's address there."""
        index = self._index(interface)
        self._ip.link("set", index=index, master=self._index(BRIDGE), state="up")
        self._ip.route("replace", dst=f"{address}/32", oif=self._index(BRIDGE), scope=_LINK_SCOPE)

    def unplug(self, interface: str, address: str) -> None:
        """The pod is gone."""
        with contextlib.suppress(NetlinkError):  # the namespace went first and took the pair with it
            self._ip.route("del", dst=f"{address}/32", oif=self._index(BRIDGE), scope=_LINK_SCOPE)
        if found := self._ip.link_lookup(ifname=interface):
            self._delete(found[0])

    def _delete(self, index: int) -> None:
        with contextlib.suppress(NetlinkError):
            self._ip.link("del", index=index)

    def _index(self, name: str) -> int:
        return int(self._ip.link_lookup(ifname=name)[0])


def pod_side(address: str, bridge: ipaddress.IPv4Interface, outer: int) -> str:
    """In a pod's new namespace: make the pair, its other end in the namespace ``outer``, and return that end's name.

    Args:
        address: The pod's address.
        bridge: The sandbox's own address and network on the bridge.
        outer: Descriptor of the sandbox's network namespace.
    """
    peer = f"pod-{secrets.token_hex(5)}"
    with IPRoute() as ip:
        ip.link("set", index=ip.link_lookup(ifname="lo")[0], state="up")
        ip.link("add", ifname=POD_INTERFACE, kind="veth", peer={"ifname": peer, "net_ns_fd": outer})
        index = ip.link_lookup(ifname=POD_INTERFACE)[0]
        ip.addr("add", index=index, address=address, prefixlen=32)
        ip.link("set", index=index, state="up")
        for network in (str(bridge.network), *PRIVATE):
            ip.route("add", dst=network, oif=index, scope=_LINK_SCOPE, prefsrc=address)
    return peer


def descriptor_of_this_namespace() -> int:
    """A descriptor of this thread's network namespace."""
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
