"""Tags of container images: which of them are moved to other content, and which vLLM version one names.

A tag is fixed by a commit, by a date, or by a version of two or more numbers in a part of its own. What registries publish:

- ``vllm/vllm-openai`` moves ``latest`` and ``nightly``, and has ``v0.32.0`` and ``nightly-<40-digit commit>`` beside them
  (vLLM's ``.buildkite/scripts/push-nightly-builds.sh``); a CUDA variant such as ``cu130-nightly`` moves as well, since the
  digits are CUDA's.
- One number, ``v0`` or ``16``, is a whole release line on every registry and moves with each release of it.
- Two numbers count as a version: ``24.05-py3`` of nvcr.io and ``pause:3.10`` of registry.k8s.io are single releases. Docker
  Official Images move them to patch releases of the same content; only a digest excludes that.
"""

import re
from typing import Final

_ALWAYS_MOVE: Final = frozenset({"latest", "nightly"})
"""Words that make a tag move whatever version stands beside them."""
_PARTS: Final = re.compile(r"[-_+]")
_COMMIT: Final = re.compile(r"(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])|(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_SHORT_COMMIT: Final = re.compile(r"(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{7,39}")
_DATE: Final = re.compile(r"(?<!\d)20\d\d(?P<between>[-.]?)(0[1-9]|1[0-2])(?P=between)(0[1-9]|[12]\d|3[01])(?!\d)")
_VERSION: Final = re.compile(r"[vr]?\d+(\.\d+)+(\.?(a|b|rc|post|dev|alpha|beta)\.?\d*)*", re.IGNORECASE)
_BUILD: Final = re.compile(r"b\d{3,}")
_VLLM: Final = re.compile(r"v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?![0-9])")


def tag_of(image: str) -> str | None:
    """The tag of an image's name; None where it has none, or a digest, which no tag changes."""
    name, _, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    return None if digest or not tag else tag


def digest_of(image: str) -> str | None:
    """The digest in an image's name, as ``sha256:...``; None where it has none."""
    return image.partition("@")[2] or None


def moves(tag: str) -> bool:
    """Whether a registry may give a tag to another image later."""
    if _COMMIT.search(tag) or _DATE.search(tag):
        return False
    parts = _PARTS.split(tag)
    if _ALWAYS_MOVE & {part.lower() for part in parts}:
        return True
    return not any(pattern.fullmatch(part) for part in parts for pattern in (_VERSION, _SHORT_COMMIT, _BUILD))


def vllm_release(image: str) -> tuple[int, int, int] | None:
    """Major, minor and patch of the vLLM release that an image's tag begins with; 0 for a patch that it omits."""
    name = image.partition("@")[0]
    found = _VLLM.match(name.rpartition("/")[2].partition(":")[2])
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else None
