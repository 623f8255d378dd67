"""Place of a pod: its machine, and its addresses."""

from dataclasses import dataclass

from rehearsal.network.pods import Attachment
from rehearsal.nodes.machines import Machine
from rehearsal.sandbox import Sandbox


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a pod runs.

    Attributes:
        sandbox: Its sandbox.
        machine: Its machine.
        address: Its address in the VPC, which is its ``status.podIP``.
        network: Its place on the sandbox's network.
    """

    sandbox: Sandbox
    machine: Machine
    address: str
    network: Attachment

    @property
    def listen(self) -> str:
        """Where its servers bind, and where others in the sandbox dial them."""
        return self.network.listen

    @property
    def status(self) -> dict[str, str]:
        """What the downward API knows of it: addresses, and the node's allocatable CPU and memory."""
        allocatable = self.machine.allocatable
        addresses = {"podIP": self.address, "hostIP": self.machine.address}
        return addresses | {name: allocatable[name] for name in ("cpu", "memory")}
