"""``python -m rehearsal.images.device_plugin``: emulate NVIDIA's device plugin.

The real one registers with the kubelet over a socket in its plugin folder, which the DaemonSet mounts from the host. The
emulator leaves a file there; the node agent makes the GPUs in it allocatable while the pod runs.
"""

import json
import logging
import signal
import sys
import time
from types import FrameType

from rehearsal.images.container import Container
from rehearsal.images.device_plugin import FOLDER, REGISTRATION
from rehearsal.images.process import prepare
from workspace.files import write_atomically

LOG = logging.getLogger(__name__)


def main() -> None:
    """Register the node's GPUs and stay until a signal ends it."""
    prepare()
    container = Container.current()
    if not container.mount_of(FOLDER):
        raise SystemExit(f"error starting plugins: failed to register: {FOLDER} is not mounted from the host")
    if not container.node_gpus:
        LOG.info("No devices found. Waiting indefinitely.")
    registration = container.on_host(f"{FOLDER}/{REGISTRATION}")
    write_atomically(registration, json.dumps({"resource": "nvidia.com/gpu", "devices": container.node_gpus}))

    def leave(_number: int, _frame: FrameType | None) -> None:
        registration.unlink(missing_ok=True)
        sys.exit(0)

    signal.signal(signal.SIGTERM, leave)
    LOG.info("Registered device plugin for 'nvidia.com/gpu' with Kubelet (emulated by the rehearsal)")
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main()
