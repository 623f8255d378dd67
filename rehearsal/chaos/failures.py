"""The failures: each says what it did and what follows, and waits for that when it is watched."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from cli.console import UsageError
from rehearsal.aws.karpenter.shortages import Shortage
from rehearsal.chaos.fleet import Fleet, FleetNode
from rehearsal.chaos.watch import Watch

WATCH_SECONDS = 600.0
"""How long a watch waits for what follows."""
_LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Failures:
    """What can happen to the nodes of a sandbox.

    Attributes:
        fleet: Its nodes.
        watch: Reports what is done and what follows.
        wait: Whether to wait for what follows.
    """

    fleet: Fleet
    watch: Watch
    wait: bool

    def spot_notice(self, pool: str, notice: float, name: str = "") -> bool:
        """Announce to one spot node that it will be taken back, and take it back after ``notice`` seconds.

        Args:
            pool: Its pool.
            notice: Seconds.
            name: The node; empty for the oldest of the pool.

        Returns:
            Whether what was waited for came about.

        Raises:
            UsageError: no spot node of the pool runs.
        """
        nodes = [node for node in self.fleet.of_pool(pool) if node.spot and not node.failed and name in ("", node.name)]
        if not nodes:
            which = f"{name} is none of its spot nodes" if name else "none of its nodes is a spot instance"
            raise UsageError(f"--pool {pool}: {which}")
        node = nodes[0]
        self.fleet.warn(node)
        self.watch.note(f"interruption warning for {_described(node)}: EC2 takes it back in {notice:.0f} s")
        if node.launched:
            self._of_karpenter(node, notice)
        else:
            self.fleet.reclaim(node, notice)
            self.watch.note(
                "next: EKS cordons the node and drains it within the PodDisruptionBudgets; its group launches another"
            )
        return self._watched(
            lambda: self.watch.replaced([node.name]), "the node is gone, every NodeClaim and pod is Ready"
        )

    def _of_karpenter(self, node: FleetNode, notice: float) -> None:
        self.watch.note(
            "next: Karpenter taints the node, launches a replacement, drains within the PodDisruptionBudgets"
        )
        deadline = time.monotonic() + notice
        runs = True
        while time.monotonic() < deadline and (runs := self.fleet.runs(node)):
            self.watch.look()
            time.sleep(_LOOK_SECONDS)
        if runs and self.fleet.runs(node):
            self.fleet.terminate(node)
            self.watch.note(f"{node.instance} is taken back: its processes end now")
        else:
            self.watch.note(f"{node.instance} was terminated before EC2 took it back")

    def no_capacity(self, shortage: Shortage) -> bool:
        """Let launches of the offerings fail until they are cleared."""
        self._lack(shortage)
        self.watch.note(f"no capacity for {described(shortage)}: CreateFleet answers InsufficientInstanceCapacity")
        self.watch.note(
            "next: Karpenter leaves these offerings out for 3 minutes and launches the next type, zone or on demand; "
            "nodes that run stay"
        )
        if self.wait:
            self.watch.note("waiting for every pod to be Ready")
        return self._watched(lambda: self.watch.replaced(()), "every NodeClaim and pod is Ready")

    def clear(self, shortage: Shortage) -> bool:
        """Give capacity again to what a shortage named; one without fields clears all."""
        known = self.fleet.shortages()
        left = [] if shortage == Shortage() else [one for one in known if one != shortage]
        if known and len(left) == len(known):
            raise UsageError(
                f"no shortage of {described(shortage)} is set; set are: {'; '.join(map(described, known))}"
            )
        self.fleet.set_shortages(left)
        self.watch.note("capacity is there again" + (f", except: {'; '.join(map(described, left))}" if left else ""))
        self.watch.note("next: Karpenter tries offerings that failed again 3 minutes after they failed")
        return True

    def node_failure(self, nodes: list[FleetNode]) -> bool:
        """Stop the kubelets of nodes, and all their processes."""
        for node in nodes:
            self.fleet.fail(node)
            self.watch.note(f"kubelet and processes of {_described(node)} have stopped")
        self.watch.note(
            "next: without a heartbeat the control plane taints the node after 40 to 50 s, and pods that tolerate that for "
            "300 s (the default) move after that; a node that fails stays until it is deleted, and what is deleted waits for "
            "its pods"
        )
        names = {node.name for node in nodes}
        return self._watched(lambda: self.watch.moved(names), "what can run elsewhere is Ready there")

    def zone_loss(self, zone: str) -> bool:
        """Fail all nodes of a zone, and let launches there fail.

        Raises:
            UsageError: no node is in the zone.
        """
        nodes = [node for node in self.fleet.nodes() if node.zone == zone]
        if not nodes:
            zones = ", ".join(sorted({node.zone for node in self.fleet.nodes()})) or "none"
            raise UsageError(f"--zone {zone}: no node is there; zones with nodes: {zones}")
        self._lack(Shortage(zone=zone))
        self.watch.note(f"no capacity in {zone} until `rehearse chaos no-capacity --zone {zone} --clear`")
        return self.node_failure([node for node in nodes if not node.failed])

    def _lack(self, shortage: Shortage) -> None:
        known = self.fleet.shortages()
        if shortage not in known:
            self.fleet.set_shortages([*known, shortage])

    def _watched(self, done: Callable[[], bool], over: str) -> bool:
        if not self.wait:
            return True
        if ended := self.watch.until(done, WATCH_SECONDS):
            self.watch.note(f"over: {over}")
        return ended


def described(shortage: Shortage) -> str:
    """Return a shortage in words."""
    parts = (
        shortage.type or "every type",
        shortage.capacity_type,
        f"in {shortage.zone}" if shortage.zone else "",
        f"for pool {shortage.pool}" if shortage.pool else "",
    )
    return " ".join(part for part in parts if part)


def _described(node: FleetNode) -> str:
    capacity = "spot" if node.spot else "on demand"
    return f"{node.name} ({node.instance}, {node.type} {capacity} in {node.zone}, pool {node.pool})"
