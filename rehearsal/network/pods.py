"""Interface of a sandbox's network towards the node agent: addresses of pods."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """One pod on the network.

    Attributes:
        listen: Where the pod's servers bind, and where others in the sandbox dial them.
        namespace: Path of its network namespace for `rehearsal.network.enter`; empty when it has none of its own.
    """

    listen: str
    namespace: str = ""


class PodNetwork(Protocol):
    """Gives pods their place on the network; calls do not block for longer than a few milliseconds."""

    def attach(self, address: str, *, node: str) -> Attachment:
        """Connect a pod.

        Args:
            address: Its address in the VPC.
            node: The address of its node; the same as ``address`` for a pod on the node's own network.
        """
        ...

    def detach(self, attachment: Attachment) -> None:
        """The pod is gone."""
        ...

    def target(self, address: str) -> str | None:
        """Where in the sandbox to dial for an address of an endpoint; None where nothing answers for it."""
        ...

    def claim(self, address: str) -> None:
        """A node has this address from now on."""
        ...

    def release(self, address: str) -> None:
        """The node is gone."""
        ...


class LoopbackPods:
    """Each pod has a loopback address that stands for its address in the VPC."""

    def __init__(self, lend: Callable[[], str], give_back: Callable[[str], None]) -> None:
        """Take addresses with ``lend``, and hand them back."""
        self._lend, self._give_back = lend, give_back
        self._targets: dict[str, str] = {}

    def attach(self, address: str, *, node: str) -> Attachment:
        """Lend the pod a loopback address; pods on a node's own network get one each as well."""
        listen = self._lend()
        if address != node:
            self._targets[address] = listen
        else:
            # Several pods share a node's address: the first one answers for it.
            self._targets.setdefault(address, listen)
        return Attachment(listen=listen)

    def detach(self, attachment: Attachment) -> None:
        """Take the address back."""
        self._targets = {known: listen for known, listen in self._targets.items() if listen != attachment.listen}
        self._give_back(attachment.listen)

    def target(self, address: str) -> str | None:
        """The loopback address behind a pod's."""
        return self._targets.get(address)

    def claim(self, address: str) -> None:
        """Nothing to do: nothing dials a node's address here."""

    def release(self, address: str) -> None:
        """Nothing to do."""
