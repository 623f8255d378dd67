"""List of the container images that the rehearsal emulates; no other can be pulled in it."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image that the rehearsal emulates.

    Attributes:
        repository: Full repository name, without tag.
        module: Python module that emulates what the image runs.
        executables: Names of the executables in the image that the module emulates.
        entrypoint: The image's ENTRYPOINT, used when the container gives no ``command``.
        user: The UID the image starts as when the pod does not say.
        homes: Home directories of the users in the image's passwd file, by UID.
        interface: What is emulated, in a few words.
    """

    repository: str
    module: str
    executables: tuple[str, ...]
    entrypoint: tuple[str, ...]
    user: int = 0
    homes: tuple[tuple[int, str], ...] = ((0, "/root"),)
    what: str

    def home(self, uid: int) -> str:
        """The user's home directory; ``/`` without a passwd entry."""
        return dict(self.homes).get(uid, "/")

    def has_executable(self, command: list[str]) -> bool:
        """Return whether the image has the executable that ``command`` starts."""
        return bool(command) and PurePosixPath(command[0]).name in self.executables


IMAGES = (
    Image(
        repository="docker.io/vllm/vllm-openai",
        module="rehearsal.images.vllm",
        executables=("vllm", "python3", "python"),
        entrypoint=("vllm", "serve"),
        homes=((0, "/root"), (2000, "/home/vllm")),
        what="vLLM 0.32's OpenAI-compatible server",
    ),
    Image(
        repository="docker.io/ollama/ollama",
        module="rehearsal.images.ollama",
        executables=("ollama",),
        entrypoint=("/bin/ollama",),
        what="Ollama 0.32's native API and OpenAI routes",
    ),
    Image(
        repository="nvcr.io/nvidia/k8s-device-plugin",
        module="rehearsal.images.device_plugin",
        executables=("nvidia-device-plugin",),
        entrypoint=("nvidia-device-plugin",),
        what="NVIDIA device plugin",
    ),
    Image(
        repository="public.ecr.aws/lambda/python",
        module="rehearsal.images.python",
        executables=("python3", "python"),
        entrypoint=("python3",),
        what="Python with boto3: the container's own script runs, against moto and a small Hub",
    ),
)


class ImagePullError(Exception):
    """The rehearsal does not emulate an image; the message is that of the pod's status."""


def resolve(reference: str) -> Image:
    """Find the image of a reference such as ``vllm/vllm-openai:v0.32.0``.

    Raises:
        ImagePullError: the rehearsal does not emulate it.
    """
    repository = _repository(reference)
    for image in IMAGES:
        if image.repository == repository:
            return image
    known = ", ".join(image.repository for image in IMAGES)
    raise ImagePullError(
        f'failed to pull "{reference}": the rehearsal has no emulator of {repository}; '
        f"rehearsal/images/image_list.py lists {known}"
    )


def _repository(reference: str) -> str:
    """Full repository name of a reference: registry and ``library/`` filled in, without tag and digest."""
    name = reference.partition("@")[0]
    name = re.sub(r":[^/:]*$", "", name)
    first, slash, _ = name.partition("/")
    if not slash:
        return f"docker.io/library/{name}"
    return name if "." in first or ":" in first or first == "localhost" else f"docker.io/{name}"
