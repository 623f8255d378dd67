"""How a container's process comes to its place: network namespace, resolver files, volumes at their paths."""

from collections.abc import Sequence
from pathlib import Path

from rehearsal.images.container import Mount
from rehearsal.network import addresses, enter
from rehearsal.nodes import mounted, resolver
from rehearsal.nodes.api import Object
from rehearsal.nodes.launch import Launch
from rehearsal.nodes.place import Place


def command(launch: Launch, pod: Object, place: Place, mounts: Sequence[Mount], folder: Path) -> list[str]:
    """Return the command line that enters the place and then becomes the container's program.

    Args:
        launch: The program.
        pod: The pod.
        place: Its place; without a namespace nothing is mounted.
        mounts: Volumes of the container.
        folder: Where the pod's resolver files go.
    """
    namespace, sandbox = place.network.namespace, place.sandbox
    if not namespace:
        return enter.command(launch.command)
    files = resolver.write(pod, folder, address=place.address, dns=addresses.dns(sandbox))
    files += [(mount.path, mount.host, mount.read_only) for mount in mounts]
    keep = mounted.kept(sandbox, Path(launch.command[0]))
    return enter.command(launch.command, namespace=namespace, files=files, keep=keep)
