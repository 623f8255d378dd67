"""Command line and environment of a container's emulator, from its spec."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import rehearsal
from rehearsal.images.container import VARIABLE, Container, Mount
from rehearsal.images.image_list import Image, ImagePullError, resolve
from rehearsal.images.process import PARENT_VARIABLE
from rehearsal.nodes.api import Object
from rehearsal.nodes.environment import ConfigError, expand, to_host
from rehearsal.nodes.machines import GPU_RESOURCE, Machine
from rehearsal.sandbox import ENVIRONMENT_VARIABLE, Sandbox

_PROJECT = str(Path(rehearsal.__file__).parent.parent)


class StartError(Exception):
    """The container's executable is not in the image."""


@dataclass(frozen=True, kw_only=True)
class Launch:
    """A process to start."""

    command: list[str]
    environment: dict[str, str]
    folder: Path


def image_of(container: Object) -> Image:
    """Return the emulator of the container's image.

    Raises:
        ImagePullError: there is none.
    """
    if container.get("imagePullPolicy") == "Never":
        raise ImagePullError(f'Container image "{container["image"]}" is not present with pull policy of Never')
    return resolve(container["image"])


def user_of(container: Object, pod: Object, image: Image) -> int:
    """The UID the container runs as.

    Raises:
        ConfigError: it must not be root and would be.
    """
    outer, inner = pod["spec"].get("securityContext") or {}, container.get("securityContext") or {}
    user = inner.get("runAsUser", outer.get("runAsUser"))
    must_not_be_root = inner.get("runAsNonRoot", outer.get("runAsNonRoot"))
    where = f'(pod: "{pod["metadata"]["name"]}_{pod["metadata"]["namespace"]}({pod["metadata"]["uid"]})", container: '
    if must_not_be_root and user == 0:
        raise ConfigError(f"container's runAsUser breaks non-root policy {where}{container['name']})")
    if must_not_be_root and user is None and image.user == 0:
        raise ConfigError(f"container has runAsNonRoot and image will run as root {where}{container['name']})")
    return image.user if user is None else int(user)


def plan(
    *,
    container: Object,
    pod: Object,
    machine: Machine,
    sandbox: Sandbox,
    variables: dict[str, str],
    mounts: list[Mount],
    address: str,
    folder: Path,
) -> Launch:
    """Put the process together.

    Raises:
        ImagePullError, ConfigError, StartError: kubelet would not get as far as starting it.
    """
    image = image_of(container)
    user = user_of(container, pod, image)
    words = [expand(word, variables) for word in container.get("command") or image.entrypoint]
    arguments = [expand(word, variables) for word in container.get("args") or []]
    if not image.has_executable(words):
        raise StartError(
            f'exec: "{words[0] if words else ""}": executable file not found in $PATH: the emulator of '
            f"{image.repository} plays {', '.join(image.executables)}"
        )
    root = folder / "root"
    root.mkdir(parents=True, exist_ok=True)
    seen = Container(
        address=address,
        image=str(container["image"]),
        user=user,
        home=image.home(user),
        read_only_root=bool((container.get("securityContext") or {}).get("readOnlyRootFilesystem")),
        gpus=gpus_of(container),
        gpu=machine.gpu,
        gpu_capability=machine.gpu_capability,
        node_gpus=machine.gpus,
        root=str(root),
        mounts=mounts,
    )
    own = {name: to_host(value, mounts) for name, value in variables.items()}
    own["PYTHONPATH"] = os.pathsep.join(part for part in (own.get("PYTHONPATH"), _PROJECT) if part)
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": image.home(user),
        "HOSTNAME": pod["metadata"]["name"],
        "PYTHONUNBUFFERED": "1",
        **own,
        VARIABLE: seen.to_json(),
        PARENT_VARIABLE: str(os.getpid()),
        ENVIRONMENT_VARIABLE: str(sandbox.root),
    }
    rest = [to_host(word, mounts) for word in [*words[1:], *arguments]]
    return Launch(command=[sys.executable, "-m", image.module, *rest], environment=environment, folder=root)


def gpus_of(container: Object) -> int:
    """Return the GPUs that a container requests."""
    return int((container.get("resources") or {}).get("limits", {}).get(GPU_RESOURCE, 0))
