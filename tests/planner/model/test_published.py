"""Parameters, weights and cache of published models of many families, against what their authors or vLLM state."""

import json
from pathlib import Path
from typing import Any

import pytest

from planner.memory.weights import checkpoint_bytes
from planner.model.architecture import ModelArchitecture
from planner.model.parameters import total
from planner.model.reading import read_architecture
from tests.planner.model import published as models
from tests.planner.model.published_families import BILLIONS

GIB = 1024**3


def token_bytes(shape: ModelArchitecture) -> int:
    """Bytes of a token in the caches of keys and values, in 16 bits, whole on one GPU."""
    return sum(
        2 * kind.count * (latent.kv_rank + latent.rope_dim)
        if (latent := each.latent) and latent.cached
        else 2 * kind.count * each.kv_heads * (each.head_dim + each.value_dim)
        for kind in shape.kinds()
        for each in kind.layer.attentions
        if each.cached
    )


@pytest.mark.parametrize(
    ("config", "gib", "token"),
    [
        # 21B in the name; vllm-project/recipes, baidu/ERNIE-4.5-21B-A3B: one 80 GB card.
        (models.ERNIE_21B, 40.7, 57_344),
        # 560B, two attentions a layer (model card of meituan-longcat/LongCat-Flash-Chat).
        (models.LONGCAT, 1040, 64_512),
        # 41.8B with the output layer (card of tiiuae/falcon-40b); vllm-project/vllm#2447: 80 GB in 16 bits.
        (models.FALCON_40B, 77.5, 122_880),
        # 70.6B (card of swiss-ai/Apertus-70B-2509): xIELU has no gate.
        (models.APERTUS_70B, 131.5, 327_680),
        # vLLM printed 15.9077 (vllm-project/vllm#6611).
        (models.NEMOTRON_8B, 15.9077, 524_288),
        # vllm-project/recipes: verified on four H100 and on one.
        (models.NEMOTRON_SUPER, 226, 8_192),
        (models.NEMOTRON_NANO, 59, 6_144),
        # 400B, of which 128 experts in every second layer (card of meta-llama/Llama-4-Maverick-17B-128E).
        (models.MAVERICK, 745, 196_608),
        # 6.24B, two groups of queries (card of THUDM/chatglm3-6b).
        (models.CHATGLM3, 11.6, 28_672),
        # 132B (card of databricks/dbrx-base).
        (models.DBRX, 245, 163_840),
        # 80.4B (card of tencent/Hunyuan-A13B-Instruct).
        (models.HUNYUAN_A13B, 149.7, 131_072),
        # 4.07B; vLLM gives this model the keys and values of all heads (model_executor/models/minicpm3.py).
        (models.MINICPM3, 7.6, 62 * 2 * 2 * 40 * 96),
        (models.QWEN_14B, 26.4, 819_200),
        (models.BAICHUAN2_13B, 25.9, 819_200),
        # vLLM's log: 131,072 tokens need 48.0 GiB.
        (models.PHI_35, 7.1, 393_216),
    ],
)
def test_weights_and_cache(config: dict[str, Any], gib: float, token: int) -> None:
    shape = read_architecture(config)
    assert shape.uncovered == ()
    assert checkpoint_bytes(shape) / GIB == pytest.approx(gib, rel=0.01)
    assert token_bytes(shape) == token


def test_layers_of_a_list_of_names() -> None:
    shape = read_architecture(models.NEMOTRON_BY_NAMES)
    assert len(shape.layers) == len(models.NEMOTRON_BY_NAMES["layers_block_type"])
    assert shape.uncovered == ()
    assert shape.attentions == ()
    assert [each.latent_width for each in shape.experts] == [2048]


@pytest.mark.parametrize(
    ("config", "longest"),
    [(models.BAICHUAN2_13B, 4096), (models.QWEN_14B, 2048), (models.PHI_35, 131_072), (models.FALCON_40B, 2048)],
)
def test_longest_lengths(config: dict[str, Any], longest: int) -> None:
    assert read_architecture(config).max_positions == longest


def test_towers_and_lora_within_a_language_model_are_not_computed() -> None:
    found = read_architecture(models.PHI_4_MM).uncovered
    assert any("embd_layer" in name for name in found)
    assert any("LoRA" in name for name in found)
    assert any("audio" in name for name in found)


def test_an_encoder_caches_nothing() -> None:
    shape = read_architecture(models.NOMIC)
    assert shape.uncovered == ()
    assert not any(each.cached for each in shape.attentions)
    assert total(shape) == pytest.approx(137e6, rel=0.02)  # card of nomic-ai/nomic-embed-text-v1


@pytest.mark.parametrize("name", BILLIONS)
def test_parameters_of_many_families(name: str) -> None:
    billions, config = BILLIONS[name]
    shape = read_architecture(config)
    assert shape.uncovered == ()
    assert (total(shape) - (shape.vision.parameters if shape.vision else 0)) / 1e9 == pytest.approx(billions, rel=0.01)


def test_a_chat_model_with_a_tower_has_an_output_layer() -> None:
    text = {"model_type": "qwen2", "hidden_size": 3584, "intermediate_size": 18944, "num_hidden_layers": 28}
    text |= {"num_attention_heads": 28, "num_key_value_heads": 4, "vocab_size": 151674}
    tower = {"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 24, "patch_size": 14}
    chat = {
        "model_type": "internvl_chat",
        "architectures": ["InternVLChatModel"],
        "llm_config": text,
        "vision_config": tower,
    }
    assert not read_architecture(chat).tied
    assert read_architecture({**text, "architectures": ["Qwen2Model"]}).tied
    assert not read_architecture({**text, "architectures": ["Qwen2ForCausalLM"]}).tied
    assert not read_architecture(models.QWEN_14B).tied
    assert not read_architecture(models.CHATGLM3).tied


def test_an_encoder_with_experts_and_without_gates() -> None:
    """475M parameters (card of nomic-ai/nomic-embed-text-v2-moe)."""
    config = models.NOMIC | {"vocab_size": 250048, "activation_function": "gelu", "num_experts": 8, "moe_top_k": 2}
    shape = read_architecture(config | {"moe_every_n_layers": 2})
    assert total(shape) == pytest.approx(475e6, rel=0.01)
    assert not shape.caches


ROWS = json.loads((Path(__file__).parent.parent / "rows" / "parameters.json").read_text(encoding="utf-8"))
"""Public dimensions of MODEL and its rounded number of parameters, entered by hand and not read from its page again.

They hold the reading step against regressions; what a page states exactly is in the catalogue, with its source.
"""


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["model"])
def test_parameters_as_stated_or_unknown(row: dict[str, Any]) -> None:
    shape = read_architecture(row["config"])
    assert bool(shape.uncovered or shape.unmeasured) is (row["result"] == "unknown")
    if row["result"] == "computed":
        assert total(shape) / 1e9 == pytest.approx(row["billions"], rel=0.01)


LFM2_2_6B: dict[str, Any] = {
    "model_type": "lfm2", "architectures": ["Lfm2ForCausalLM"], "hidden_size": 2048, "num_hidden_layers": 30,
    "num_attention_heads": 32, "num_heads": 32, "num_key_value_heads": 8, "intermediate_size": 10752, "block_ff_dim": 10752,
    "block_auto_adjust_ff_dim": False, "block_dim": 2048, "block_ffn_dim_multiplier": 1.0, "block_multiple_of": 256,
    "conv_L_cache": 3, "conv_bias": False, "conv_dim": 2048, "vocab_size": 65536, "tie_embedding": True,
    "layer_types": ["full_attention" if index in {2, 6, 10, 14, 18, 21, 24, 27} else "conv" for index in range(30)],
}  # fmt: skip
GROK_1: dict[str, Any] = {
    "model_type": "grok-1", "architectures": ["Grok1ModelForCausalLM"], "hidden_size": 6144, "intermediate_size": 32768,
    "num_hidden_layers": 64, "num_attention_heads": 48, "num_key_value_heads": 8, "num_experts": 8,
    "num_experts_per_tok": 2, "vocab_size": 131072, "attn_output_multiplier": 0.08838834764831845, "max_attn_value": 30.0,
    "tie_word_embeddings": True, "max_position_embeddings": 8192,
}  # fmt: skip


@pytest.mark.parametrize(("config", "parameters"), [(LFM2_2_6B, 2_569_272_320), (GROK_1, 315_684_034_560)])
def test_keys_that_change_nothing_keep_no_model_from_its_figures(config: dict[str, Any], parameters: int) -> None:
    """LFM2 2.6B as the Hub counts it; Grok 1 has "314B" parameters."""
    shape = read_architecture(config)
    assert not shape.uncovered
    assert total(shape) == parameters
