"""Weights and cache of what drafts tokens."""

from dataclasses import replace

import pytest

from planner.memory.placement import ExpertSplit
from planner.memory.speculation import Speculation, draft_attentions, draft_weights
from planner.memory.vllm_version import VllmVersion
from planner.model.architecture import ModelArchitecture
from planner.model.quantization import UNQUANTIZED
from planner.model.reading import read_architecture
from tests.planner.configs import llama, shape_of
from tests.planner.memory.hybrids import QWEN3_NEXT, layout

TARGET = read_architecture(llama())
SMALL = read_architecture(llama(num_hidden_layers=2, tie_word_embeddings=False))


def weights(shape: ModelArchitecture, speculation: Speculation, *, tp: int = 1, minor: int = 32) -> float:
    return draft_weights(
        shape,
        speculation,
        tensor_parallel=tp,
        quantization=UNQUANTIZED,
        dtype="bfloat16",
        engine=VllmVersion(0, minor),
        experts=ExpertSplit(ranks=tp),
    )


@pytest.mark.parametrize("method", ["ngram", "suffix", "ngram_gpu"])
def test_drafting_from_the_text_takes_nothing(method: str) -> None:
    speculation = Speculation(method=method, tokens=5)
    assert weights(TARGET, speculation) == 0
    assert draft_attentions(TARGET, speculation) == ()
    assert speculation.unknown(TARGET) is None


def test_a_draft_model_is_a_model_beside() -> None:
    speculation = Speculation(method="draft_model", tokens=3, draft=SMALL)
    layer = 2 * 2048 * 2048 + 2 * 2048 * 512 + 3 * 2048 * 8192
    assert weights(TARGET, speculation) == pytest.approx(2 * (2 * layer + 2 * 128256 * 2048), rel=0.001)
    assert weights(TARGET, speculation, tp=2) == pytest.approx(weights(TARGET, speculation) / 2, rel=0.001)
    assert weights(TARGET, replace(speculation, split=False), tp=2) == weights(TARGET, speculation)
    assert len(draft_attentions(TARGET, speculation)) == 2


def test_eagle_shares_the_embedding() -> None:
    one = read_architecture(llama(num_hidden_layers=1, tie_word_embeddings=False))
    layer = 2 * 2048 * 2048 + 2 * 2048 * 512 + 3 * 2048 * 8192
    eagle = weights(TARGET, Speculation(method="eagle", tokens=3, draft=one))
    assert eagle == pytest.approx(2 * (layer + 2 * 2048 * 2048), rel=0.001)
    third = weights(TARGET, Speculation(method="eagle3", tokens=3, draft=one))
    assert third == pytest.approx(2 * (layer + 3 * 2048 * 2048 + 2048 * 3072 + 128256 * 2048), rel=0.001)


def test_a_draft_of_eagle_3_has_an_output_layer_of_its_own_vocabulary() -> None:
    whole = weights(TARGET, Speculation(method="eagle3", tokens=3, draft=SMALL))
    fewer = weights(TARGET, Speculation(method="eagle3", tokens=3, draft=replace(SMALL, draft_vocab=32000)))
    assert whole - fewer == 2 * SMALL.hidden * (SMALL.vocab - 32000)


def test_a_draft_that_is_not_computed_is_unknown() -> None:
    draft = replace(SMALL, uncovered=("recurrent layers",))
    assert "of the draft model recurrent layers" in str(
        Speculation(method="draft_model", tokens=3, draft=draft).unknown(TARGET)
    )


def test_multi_token_prediction_is_a_layer_more() -> None:
    shape = shape_of("deepseek-ai/DeepSeek-V3")
    speculation = Speculation(method="mtp", tokens=1)
    # DeepSeek states 11.5B parameters of its layer for prediction, without embedding and output layer.
    assert weights(shape, speculation) / 2 == pytest.approx(11.5e9, rel=0.03)
    assert len(draft_attentions(shape, speculation)) == 1
    assert weights(shape, speculation, minor=11) > weights(shape, speculation)


def test_methods_that_are_not_known_are_unknown() -> None:
    assert "medusa" in str(Speculation(method="medusa", tokens=3).unknown(TARGET))
    assert "eagle3" in str(Speculation(method="eagle3", tokens=3).unknown(TARGET))
    assert Speculation(method="eagle3", tokens=3, draft=SMALL).unknown(TARGET) is None


def test_a_model_without_layers_that_predict_is_unknown_with_mtp() -> None:
    speculation = Speculation(method="mtp", tokens=1)
    assert "model_type llama" in str(speculation.unknown(TARGET))
    assert speculation.unknown(shape_of("deepseek-ai/DeepSeek-V3")) is None
    assert speculation.unknown(shape_of("Qwen/Qwen3.5-27B")) is None


def test_a_hybrid_predicts_with_attention() -> None:
    draft = draft_attentions(QWEN3_NEXT, Speculation(method="mtp", tokens=2))
    assert [each.head_dim for each in draft] == [256]
    assert len(layout(QWEN3_NEXT, "0.19", drafted=2).groups) == 4
