"""Images and their emulators."""

import pytest

from rehearsal.images.image_list import BUILT, BuiltImage, EmulatedImage, ImagePullError, resolve
from settings.artifacts.images import DEVICE_PLUGIN, PYTHON


@pytest.mark.parametrize(
    ("reference", "module"),
    [
        ("vllm/vllm-openai:v0.32.0", "rehearsal.images.vllm"),
        ("docker.io/vllm/vllm-openai@sha256:0123", "rehearsal.images.vllm"),
        (DEVICE_PLUGIN.reference, "rehearsal.images.device_plugin"),
        (PYTHON.reference, "rehearsal.images.python"),
    ],
)
def test_known(reference: str, module: str) -> None:
    image = resolve(reference)
    assert isinstance(image, EmulatedImage)
    assert image.module == module


@pytest.mark.parametrize(
    ("reference", "program"),
    [
        ("public.ecr.aws/karpenter/controller:1.14.1@sha256:0123", "karpenter"),
        ("prom/prometheus:v3.16.0", "prometheus"),
        ("docker.io/prom/alertmanager:v0.35.0", "alertmanager"),
    ],
)
def test_controllers_are_built(reference: str, program: str) -> None:
    image = resolve(reference)
    assert isinstance(image, BuiltImage)
    assert image.program.name == program
    assert image.has_executable(list(image.entrypoint))
    assert all(override.reason for built in BUILT for override in built.overrides)


@pytest.mark.parametrize("reference", ["nginx", "localhost:5000/vllm/vllm-openai:1", "vllm/vllm-openai-rocm:1"])
def test_unknown(reference: str) -> None:
    with pytest.raises(ImagePullError, match=r"rehearsal/images/image_list\.py lists"):
        resolve(reference)


def test_executables_and_homes() -> None:
    image = resolve("vllm/vllm-openai")
    assert image.has_executable(["/usr/local/bin/vllm", "serve"])
    assert not image.has_executable(["bash"])
    assert (image.home(0), image.home(2000), image.home(7)) == ("/root", "/home/vllm", "/")
