"""Command line and environment of a container's process, from its spec: an emulator, or the real program."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import rehearsal
from rehearsal.images import timing
from rehearsal.images.container import VARIABLE, Container, Mount
from rehearsal.images.image_list import (
    AnyImage,
    BuiltImage,
    EmulatedImage,
    FetchedImage,
    Image,
    ImagePullError,
    resolve,
)
from rehearsal.images.process import PARENT_VARIABLE
from rehearsal.network import addresses
from rehearsal.network.kinds import Kind
from rehearsal.nodes import mounted, service_account
from rehearsal.nodes.api import Object
from rehearsal.nodes.environment import ConfigError, expand, to_host
from rehearsal.nodes.machines import GPU_RESOURCE, Machine
from rehearsal.sandbox import ENVIRONMENT_VARIABLE, Sandbox
from workspace.ports import free_port

_PROJECT = str(Path(rehearsal.__file__).parent.parent)


class StartError(Exception):
    """The container's executable is not in the image."""


@dataclass(frozen=True, kw_only=True)
class Launch:
    """A process to start."""

    command: list[str]
    environment: dict[str, str]
    folder: Path


def image_of(container: Object) -> AnyImage:
    """Return the container's image.

    Raises:
        ImagePullError: the rehearsal does not have it.
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
    binary: Path | None = None,
) -> Launch:
    """Put the process together; ``binary`` is the program of an image that is built.

    Raises:
        ImagePullError, ConfigError, StartError: kubelet would not get as far as starting it.
    """
    image = image_of(container)
    user = user_of(container, pod, image)
    words = [expand(word, variables) for word in container.get("command") or image.entrypoint]
    arguments = [expand(word, variables) for word in container.get("args") or []]
    if not image.has_executable(words):
        raise StartError(
            f'exec: "{words[0] if words else ""}": executable file not found in $PATH: the rehearsal starts '
            f"{', '.join(image.executables)} of {image.repository}"
        )
    root = folder / "root"
    root.mkdir(parents=True, exist_ok=True)
    moved = mounted.elsewhere(mounts, sandbox, binary)
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": image.home(user),
        "HOSTNAME": pod["metadata"]["name"],
        **{name: to_host(value, moved) for name, value in variables.items()},
    }
    rest = [to_host(word, moved) for word in [*words[1:], *arguments]]
    if isinstance(image, EmulatedImage):
        seen = Container(
            address=address,
            image=str(container["image"]),
            namespace=str(pod["metadata"]["namespace"]),
            pod=str(pod["metadata"]["name"]),
            name=str(container["name"]),
            node=machine.name,
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
        command = [sys.executable, "-m", image.module, *rest]
        return Launch(command=command, environment=_emulated(environment, seen, sandbox), folder=root)
    if binary is None:
        raise ImagePullError(f'failed to pull "{container["image"]}": its program is not here')
    facts = {"api_server": f"https://{':'.join(map(str, addresses.apiserver_for_pods(sandbox)))}"}
    if sandbox.network == Kind.LOOPBACK:
        facts |= _without_mounts(pod, mounts, folder, facts["api_server"])
        environment |= {"KUBECONFIG": facts["kubeconfig"]} if "kubeconfig" in facts else {}
    command = [str(binary), *complete(image, rest, environment, facts)]
    return Launch(command=command, environment=environment, folder=root)


def _emulated(environment: Mapping[str, str], seen: Container, sandbox: Sandbox) -> dict[str, str]:
    """The environment of an emulator, which reads from it what its container is like."""
    path = os.pathsep.join(part for part in (environment.get("PYTHONPATH"), _PROJECT) if part)
    # What the container sets itself, such as the time of a load, is kept.
    return {
        "PYTHONUNBUFFERED": "1",
        **timing.variables(),
        **environment,
        "PYTHONPATH": path,
        VARIABLE: seen.to_json(),
        PARENT_VARIABLE: str(os.getpid()),
        ENVIRONMENT_VARIABLE: str(sandbox.root),
    }


def _without_mounts(pod: Object, mounts: list[Mount], folder: Path, server: str) -> dict[str, str]:
    """What a controller must be given where its pod shares this machine's ports and sees none of its mounts in place."""
    namespace = str(pod["metadata"]["namespace"])
    facts = {"namespace": namespace, "loopback_port": str(free_port())}
    if kubeconfig := service_account.kubeconfig(mounts, folder, server=server, namespace=namespace):
        facts["kubeconfig"] = str(kubeconfig)
    return facts


def complete(
    image: BuiltImage | FetchedImage, arguments: list[str], environment: dict[str, str], facts: Mapping[str, str]
) -> list[str]:
    """Apply the image's overrides: variables in ``environment``, options in the arguments that are returned.

    Args:
        image: The image.
        arguments: Arguments of the container, without the executable.
        environment: Its environment; changed.
        facts: Values of the names that overrides refer to. One that refers to a missing fact does not apply; without a
            token of its ServiceAccount, say, the program fails as it would in a cluster.
    """
    for override in image.overrides:
        try:
            value = override.value.format_map(facts)
        except KeyError:
            continue
        if not override.name.startswith("-"):
            if not (override.only_unset and environment.get(override.name)):
                environment[override.name] = value
            continue
        given = [word for word in arguments if word == override.name or word.startswith(f"{override.name}=")]
        if not (override.only_unset and given):
            arguments = [*(word for word in arguments if word not in given), f"{override.name}={value}"]
    return arguments


def gpus_of(container: Object) -> int:
    """Return the GPUs that a container requests."""
    return int((container.get("resources") or {}).get("limits", {}).get(GPU_RESOURCE, 0))
