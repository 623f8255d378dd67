"""Pull of images: emulated ones at once, controllers once they are built."""

import asyncio
from pathlib import Path

import pytest

from rehearsal.controllers.background import BuildRunningError
from rehearsal.controllers.programs import Program
from rehearsal.engine.toolchain import ToolchainError
from rehearsal.images import timing
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


def test_a_tool_beside_a_controller(monkeypatch: pytest.MonkeyPatch) -> None:
    class Keda(Builds):
        def binary(self, program: Program) -> Path:
            assert program.name == "keda"
            return Path("/bin/keda/keda")

    monkeypatch.setattr(pull, "_BUILDS", Keda(Path()))
    assert pulled({"name": "k", "image": "ghcr.io/kedacore/keda:2.21.0"}) == Path("/bin/keda/keda")
    adapter = {"name": "k", "image": "ghcr.io/kedacore/keda-metrics-apiserver:2.21.0"}
    assert pulled(adapter) == Path("/bin/keda/adapter")


VLLM = {"name": "vllm", "image": "vllm/vllm-openai:v0.32.0"}


def test_pulls_take_no_time_by_default() -> None:
    assert asyncio.run(pull.NodeImages().pulled(VLLM, "node")) == ""


def test_a_node_pulls_an_image_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(timing.ENGINES, timing.PUBLIC_FIGURES)
    monkeypatch.setenv(timing.TIME_SCALE, "0.002")
    images = pull.NodeImages()
    said = [asyncio.run(images.pulled(VLLM, node)) for node in ("first", "first", "second")]
    pulled_in = 'Successfully pulled image "vllm/vllm-openai:v0.32.0" in 0.1s'
    assert said == [pulled_in, "", pulled_in]
    assert asyncio.run(images.pulled(KARPENTER, "first")) == "", "nothing was published of it"
