"""Pull of images: emulated ones at once, controllers once they are built."""

import asyncio
from pathlib import Path

import pytest

from rehearsal.controllers.background import BuildRunningError
from rehearsal.controllers.programs import Program
from rehearsal.engine.toolchain import ToolchainError
from rehearsal.images.image_list import ImagePullError
from rehearsal.nodes import pull

KARPENTER = {"name": "controller", "image": "public.ecr.aws/karpenter/controller:1.14.1"}


class Builds:
    """Builds with a result that the test chooses."""

    def __init__(self, result: Path | Exception) -> None:
        self.result = result

    def binary(self, program: Program) -> Path:
        assert program.name == "karpenter"
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


def pulled(container: dict[str, str]) -> Path | None:
    return asyncio.run(pull.binary(container))


def test_an_emulated_image_needs_nothing() -> None:
    assert pulled({"name": "c", "image": "vllm/vllm-openai:v0.32.0"}) is None


def test_a_controller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull, "_BUILDS", Builds(Path("/bin/karpenter")))
    assert pulled(KARPENTER) == Path("/bin/karpenter")
    monkeypatch.setattr(pull, "_BUILDS", Builds(BuildRunningError("building Karpenter (7 packages)")))
    with pytest.raises(pull.PullingError, match=r'^Pulling image "public.*": building Karpenter \(7 packages\)$'):
        pulled(KARPENTER)
    monkeypatch.setattr(pull, "_BUILDS", Builds(ToolchainError("no proxy")))
    with pytest.raises(
        ImagePullError, match=r'^failed to pull "public.*": no proxy\n.* rehearsal\.controllers karpenter$'
    ):
        pulled(KARPENTER)
