"""Images and their emulators."""

import pytest

from components.cluster.addons import device_plugin
from components.serving import mirror
from rehearsal.images.image_list import ImagePullError, resolve


@pytest.mark.parametrize(
    ("reference", "module"),
    [
        ("vllm/vllm-openai:v0.32.0", "rehearsal.images.vllm"),
        ("docker.io/vllm/vllm-openai@sha256:0123", "rehearsal.images.vllm"),
        (device_plugin.IMAGE, "rehearsal.images.device_plugin"),
        (mirror.IMAGE, "rehearsal.images.python"),
    ],
)
def test_known(reference: str, module: str) -> None:
    assert resolve(reference).module == module


@pytest.mark.parametrize("reference", ["nginx", "localhost:5000/vllm/vllm-openai:1", "vllm/vllm-openai-rocm:1"])
def test_unknown(reference: str) -> None:
    with pytest.raises(ImagePullError, match=r"rehearsal/images/image_list\.py lists"):
        resolve(reference)


def test_executables_and_homes() -> None:
    image = resolve("vllm/vllm-openai")
    assert image.has_executable(["/usr/local/bin/vllm", "serve"])
    assert not image.has_executable(["bash"])
    assert (image.home(0), image.home(2000), image.home(7)) == ("/root", "/home/vllm", "/")
