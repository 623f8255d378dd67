"""Tries what a sandbox with namespaces needs: ``python -m rehearsal.network.attempt``; exit code 0 when all of it works.

A process of its own, so that it may go wherever the attempt leads; the namespaces end with it.
"""

import subprocess
import sys

from pyroute2.netlink.exceptions import NetlinkError

from rehearsal.network import addresses, enter
from rehearsal.network.bridged import BridgedPods
from rehearsal.network.namespaces import NamespaceError, Namespaces

_POD, _NODE = "10.0.0.5", "10.0.0.4"


def main() -> int:
    """Make a sandbox's namespace with one pod, and run a program there."""
    try:
        Namespaces.make().enter()
        network = BridgedPods(addresses.bridge(), addresses.with_namespaces())
        network.claim(_NODE)
        pod = network.attach(_POD, node=_NODE)
    except (NamespaceError, NetlinkError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    step = enter.command(["true"], namespace=pod.namespace, keep=[sys.prefix, sys.base_prefix])
    return subprocess.run(step, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
