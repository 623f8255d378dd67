"""A container as its emulator sees it: the node agent writes it, the emulator reads it."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Self

VARIABLE = "LLM_REHEARSAL_CONTAINER"


@dataclass(frozen=True, kw_only=True)
class Mount:
    """One volume mount: where the container sees it and where it is on this machine."""

    path: str
    host: str
    read_only: bool = False


@dataclass(frozen=True, kw_only=True)
class Container:
    """One container as its emulator sees it.

    Attributes:
        address: Loopback address on which the pod's ports are served.
        image: The image's name, as the pod has it; empty outside a pod.
        namespace: Namespace of its pod.
        pod: Name of its pod.
        name: Its name in the pod.
        node: Name of its node.
        user: UID the container runs as; it decides what the emulator may write, the process itself keeps ours.
        home: Home directory of that user in the image.
        read_only_root: ``readOnlyRootFilesystem``.
        gpus: GPUs the kubelet assigned.
        gpu: Name of those GPUs, such as ``A10G``.
        gpu_capability: Their CUDA compute capability, 0 where it is not known.
        node_gpus: GPUs of the node, which a device plugin finds.
        root: Folder that stands for the container's own filesystem.
        mounts: Volume mounts.
    """

    address: str
    image: str = ""
    namespace: str = ""
    pod: str = ""
    name: str = ""
    node: str = ""
    user: int = 0
    home: str = "/root"
    read_only_root: bool = False
    gpus: int = 0
    gpu: str = ""
    gpu_capability: float = 0.0
    node_gpus: int = 0
    root: str = ""
    mounts: list[Mount] = field(default_factory=list)

    @classmethod
    def current(cls) -> Self:
        """The container this process was started for; outside a pod, one with one GPU on 127.0.0.1."""
        text = os.environ.get(VARIABLE)
        if not text:
            return cls(address="127.0.0.1", gpus=1, home=str(Path.home()))
        data = json.loads(text)
        return cls(**(data | {"mounts": [Mount(**mount) for mount in data["mounts"]]}))

    @property
    def pod_folder(self) -> Path | None:
        """Folder of its pod on this machine; None outside a pod."""
        return Path(self.root).parent if self.pod else None

    def to_json(self) -> str:
        """The value of the environment variable."""
        return json.dumps(asdict(self))

    def mount_of(self, path: str) -> Mount | None:
        """The mount ``path`` lies in, if any."""
        within = [mount for mount in self.mounts if PurePosixPath(path).is_relative_to(mount.path)]
        return max(within, key=lambda mount: len(mount.path), default=None)

    def on_host(self, path: str) -> Path:
        """Where a path of the container is on this machine."""
        mount = self.mount_of(path)
        if mount:
            return Path(mount.host) / PurePosixPath(path).relative_to(mount.path)
        return Path(self.root or "/") / PurePosixPath(path).relative_to("/") if path.startswith("/") else Path(path)

    def writable(self, path: str) -> bool:
        """Whether the container's user may create files below ``path``."""
        mount = self.mount_of(path)
        if mount:
            return not mount.read_only
        if self.read_only_root:
            return False
        return self.user == 0 or PurePosixPath(path).is_relative_to(self.home) or path.startswith(("/tmp/", "/tmp"))  # noqa: S108
