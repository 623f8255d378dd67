"""Which GPUs the images of each vLLM release have kernels for, by compute capability.

An image serves a GPU if both PyTorch and vLLM in it are built for it. Both are read from the source distributions (CUDA version
and ``torch_cuda_arch_list`` of ``docker/Dockerfile``, ``CUDA_SUPPORTED_ARCHS`` of ``CMakeLists.txt``, PyTorch in
``requirements/cuda.txt``):

- 0.8: CUDA 12.4, PyTorch 2.6, built for 7.0 to 9.0. Newer GPUs end with "no kernel image is available"
  (vllm-project/vllm#16901).
- 0.9.0 to 0.10.1: CUDA 12.8, PyTorch 2.7. vLLM is built for 7.0, PyTorch for 7.5 (vllm-project/vllm#18818).
- 0.10.2 to 0.19: CUDA 12.8 and 12.9, PyTorch 2.8 to 2.10, which have kernels for 7.0 again (pytorch/pytorch#160269, #175253). A
  variant with CUDA 13, such as ``v0.19.0-cu130``, has not: CUDA 13 does not compile for Volta.
- since 0.20: CUDA 13, built for 7.5 and newer.
"""

import re
from dataclasses import dataclass
from typing import Final

from planner.image_tags import vllm_release

Release = tuple[int, int, int]

TURING: Final = 7.5
VOLTA: Final = 7.0
_FROM: Final[tuple[tuple[Release, float, float | None], ...]] = (
    ((0, 8, 0), VOLTA, 9.0),
    ((0, 9, 0), TURING, None),
    ((0, 10, 2), VOLTA, None),
    ((0, 20, 0), TURING, None),
)
"""First release, oldest capability and newest one that its images have kernels for; None: every GPU known here."""
_CUDA_13: Final = re.compile(r"[-_.]cu1[3-9]\d")
_LAST_OF: Final = {(0, 9, 0): "0.8", (0, 10, 2): "0.10.1", (0, 20, 0): "0.19"}
"""What people call the last release before one that begins a line of the table."""


@dataclass(frozen=True)
class Capabilities:
    """The compute capabilities that an image has kernels for."""

    oldest: float
    """Such as 7.5."""
    newest: float | None
    """None where every known GPU is covered."""

    def include(self, capability: float) -> bool:
        """Whether a GPU of that compute capability is served."""
        return self.oldest <= capability and (self.newest is None or capability <= self.newest)


def of_release(release: Release | None) -> Capabilities:
    """What the official images of a release serve; None, or a release newer than the table: as the newest ones."""
    known = [row for row in _FROM if release is None or row[0] <= release] or _FROM[:1]
    return Capabilities(*known[-1][1:])


def of_image(image: str) -> Capabilities:
    """What an image serves, by the release and CUDA variant in its tag."""
    found = of_release(vllm_release(image))
    if _CUDA_13.search(image.rpartition("/")[2]):
        return Capabilities(max(found.oldest, TURING), found.newest)
    return found


def releases_for(capability: float) -> str:
    """The releases whose images serve a GPU, as people write them: ``0.8, or 0.10.2 to 0.19``; empty if there are none."""
    spans: list[str] = []
    for place, (first, oldest, newest) in enumerate(_FROM):
        if not Capabilities(oldest, newest).include(capability):
            continue
        name = _plain(first)
        following = _FROM[place + 1][0] if place + 1 < len(_FROM) else None
        if following is None or all(Capabilities(*row[1:]).include(capability) for row in _FROM[place + 1 :]):
            spans.append(f"{name} or newer")
            break
        last = _LAST_OF[following]
        spans.append(name if last == name else f"{name} to {last}")
    return ", or ".join(spans)


def _plain(release: Release) -> str:
    major, minor, patch = release
    return f"{major}.{minor}" + (f".{patch}" if patch else "")
