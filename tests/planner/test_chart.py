"""The chart is well-formed, to scale, and says what the answer says."""

from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from planner.catalog.gpus import gpu_named
from planner.chart import NothingComputedError, memory_chart
from planner.fit import Fit, FitRequest, fit
from planner.memory.vllm_version import VllmVersion
from planner.model.reading import read_architecture
from tests.planner.configs import llama, shape_of

SVG = "{http://www.w3.org/2000/svg}"


def answer(gpu: str = "L40S", **changes: object) -> Fit:
    request = FitRequest(shape=shape_of("Qwen/Qwen3-8B"), gpu=gpu_named(gpu), max_model_len=8192)
    return fit(replace(request, **changes))


def _parsed(chart: str) -> ET.Element:
    return ET.fromstring(chart)  # noqa: S314  our own


def bars(chart: str) -> list[tuple[float, float]]:
    """Left edge and width of the parts, in the bar's row; the first is the GPU itself."""
    rects = [rect for rect in _parsed(chart).iter(f"{SVG}rect") if rect.get("height") == "56.0"]
    return [(float(rect.get("x", 0)), float(rect.get("width", 0))) for rect in rects]


def test_parts_stand_beside_each_other_to_scale() -> None:
    found = answer()
    (left, whole), *parts = bars(memory_chart(found, utilization=0.9, title="x"))
    memory = found.per_gpu
    sizes = [memory.weights, memory.activation, memory.non_torch, memory.kv, memory.cuda_graphs]
    assert [width for _, width in parts] == pytest.approx([size / memory.visible * whole for size in sizes], abs=0.2)
    assert parts[0][0] == left
    for (x, width), (after, _) in pairwise(parts):
        assert x + width == pytest.approx(after, abs=0.2)
    assert parts[-1][0] + parts[-1][1] == pytest.approx(left + 0.9 * whole, abs=0.5)


def test_what_does_not_fit_goes_beyond_the_gpu_and_stays_in_the_picture() -> None:
    found = answer("L4", shape=shape_of("Qwen/Qwen3-32B"))
    (left, whole), *parts = bars(memory_chart(found, utilization=0.9, title="x"))
    assert whole < 400
    assert left + whole < parts[-1][0] + parts[-1][1] <= 831
    assert len(parts) == 4  # nothing is left for the KV cache


def test_the_words_are_those_of_the_answer() -> None:
    found = answer()
    chart = memory_chart(found, utilization=0.9, title="Qwen & <friends>")
    text = " ".join(_parsed(chart).itertext())
    assert "Qwen & <friends>" in text
    assert f"fits: {found.kv_tokens:,} tokens of KV cache" in text
    assert "budget 39.9 GiB (0.9)" in text
    refused = memory_chart(answer("L4", max_model_len=40_960), utilization=0.9, title="x")
    assert "refused: one request of 40,960 tokens needs" in refused


def test_graphs_before_0_20_lie_beyond_the_budget() -> None:
    (left, whole), *parts = bars(memory_chart(answer(engine=VllmVersion(0, 12)), utilization=0.9, title="x"))
    assert parts[-1][0] == pytest.approx(left + 0.9 * whole, abs=0.5)


def test_of_what_is_not_computed_there_is_no_chart() -> None:
    unknown = answer(shape=read_architecture(llama(model_type="zamba2")))
    with pytest.raises(NothingComputedError, match="a title: unknown, and no memory"):
        memory_chart(unknown, utilization=0.9, title="a title")


def test_an_encoder_has_no_tokens_in_its_chart() -> None:
    encoder = llama(model_type="bert", architectures=["BertModel"], hidden_act="gelu", num_key_value_heads=None)
    chart = memory_chart(answer(shape=read_architecture(encoder)), utilization=0.9, title="a title")
    assert "fits: no KV cache" in chart
