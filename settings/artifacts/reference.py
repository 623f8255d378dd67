"""The parts of a container image's name."""

import re
from dataclasses import dataclass
from typing import Self

DOCKER_HUB = "docker.io"


@dataclass(frozen=True, kw_only=True)
class ImageReference:
    """A container image's name in full, as a runtime completes it (distribution/reference, ``ParseNormalizedNamed``)."""

    registry: str
    """Such as ``public.ecr.aws``; ``docker.io`` where the name has none."""
    path: str
    """Repository in the registry, such as ``vllm/vllm-openai``; ``library/NAME`` for a single name of Docker Hub."""
    version: str
    """``:TAG``, ``@sha256:...``, both, or empty."""

    @classmethod
    def of(cls, text: str) -> Self:
        """The parts of ``text``, which has the form of an image's name."""
        name, at, digest = text.partition("@")
        tag = re.search(r":[^/:]*$", name)
        version = (tag[0] if tag else "") + at + digest
        name = name[: tag.start()] if tag else name
        first, slash, rest = name.partition("/")
        if slash and ("." in first or ":" in first or first == "localhost"):
            hub = first in {DOCKER_HUB, "index.docker.io"}
            registry, path = (DOCKER_HUB, rest) if hub else (first, rest)
        else:
            registry, path = DOCKER_HUB, name
        if registry == DOCKER_HUB and "/" not in path:
            path = f"library/{path}"
        return cls(registry=registry, path=path, version=version)

    @property
    def repository(self) -> str:
        """Registry and path."""
        return f"{self.registry}/{self.path}"
