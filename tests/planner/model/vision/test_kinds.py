"""Vision towers by the difference between a model with one and its language model alone, as the Hub counts both."""

from typing import Any

import pytest

from planner.catalog.models import known_model
from planner.model.keys import Keys, UnreadableConfigError
from planner.model.parameters import total
from planner.model.reading import read_architecture
from planner.model.vision.kinds import KINDS
from tests.planner.configs import llama


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("Qwen/Qwen3-VL-8B-Instruct", 8_767_123_696 - 8_190_735_360),  # Qwen3-8B
        ("Qwen/Qwen3-VL-4B-Instruct", 4_437_815_808 - 4_022_468_096),  # Qwen3-4B
        ("Qwen/Qwen2.5-VL-7B-Instruct", 8_292_166_656 - 7_615_616_512),  # Qwen2.5-7B
        ("Qwen/Qwen2-VL-7B-Instruct", 8_291_375_616 - 7_615_616_512),  # Qwen2-7B
        ("google/gemma-3-27b-it", 27_432_406_640 - 27_009_346_304),  # a text model of the same dimensions
        ("moonshotai/Kimi-K2.5", 1_058_589_420_528 - 1_058_118_284_416),  # Kimi-K2-Thinking
    ],
)
def test_towers_have_the_parameters_of_published_files(name: str, parameters: int) -> None:
    known = known_model(name)
    assert known is not None
    vision = known.shape.vision
    assert vision is not None
    assert vision.parameters == pytest.approx(parameters, rel=0.001)


CLIP = {
    "model_type": "clip_vision_model",
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "image_size": 336,
    "patch_size": 14,
}
INTERN_VIT = {
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_hidden_layers": 24,
    "image_size": 448,
    "patch_size": 14,
    "qkv_bias": True,
    "norm_type": "layer_norm",
}
PIXTRAL = {
    "model_type": "pixtral",
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_hidden_layers": 24,
    "patch_size": 14,
}


@pytest.mark.parametrize(
    ("kind", "tower", "millions"),
    [
        ("llava", CLIP, 303.5 + 21.0),  # ViT-L/14 at 336 pixels, and two projections to 4,096
        ("llava", CLIP | {"model_type": "siglip_vision_model", "image_size": 384}, 303.7 + 21.0),
        ("llava", PIXTRAL, 403.0 + 21.0),
        ("internvl", INTERN_VIT, 304.0 + 33.6),  # InternViT-300M
        ("internvl", INTERN_VIT | {"image_size": [448, 448], "patch_size": [14, 14]}, 304.0 + 33.6),
        ("mistral3", PIXTRAL, 403.0 + 25.2),
    ],
)
def test_towers_of_other_kinds(kind: str, tower: dict[str, Any], millions: float) -> None:
    found = KINDS[kind](Keys({}), Keys(tower), 4096)
    assert found / 1e6 == pytest.approx(millions, rel=0.01)


def test_a_kind_that_is_not_known_is_a_usual_transformer() -> None:
    config = {"model_type": "new_vl", "text_config": llama(), "vision_config": CLIP}
    vision = read_architecture(config).vision
    assert vision is not None
    assert vision.parameters / 1e6 == pytest.approx(304, rel=0.05)


@pytest.mark.parametrize(
    ("kind", "broken"),
    [
        ("qwen3_vl", {"hidden_size": 1024, "depth": -1}),
        ("qwen3_vl", {"hidden_size": 1024, "depth": 2, "deepstack_visual_indexes": 3}),
        ("internvl", INTERN_VIT | {"image_size": ["a", "b"]}),
        ("gemma4", {"hidden_size": 1e400}),
        ("llama4", {"pixel_shuffle_ratio": "half"}),
    ],
)
def test_a_broken_tower_is_one_line(kind: str, broken: dict[str, Any]) -> None:
    with pytest.raises(UnreadableConfigError, match=r"^\S"):
        KINDS[kind](Keys({}), Keys(broken), 4096)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_an_empty_tower_raises_nothing(kind: str) -> None:
    assert KINDS[kind](Keys({}), Keys({}), 4096) >= 0


GLM4V = {
    "model_type": "glm4v_vision",
    "depth": 24,
    "hidden_size": 1536,
    "intermediate_size": 13696,
    "out_hidden_size": 4096,
    "num_heads": 12,
    "image_size": 336,
    "patch_size": 14,
    "spatial_merge_size": 2,
    "temporal_patch_size": 2,
    "attention_bias": False,
    "hidden_act": "silu",
}


@pytest.mark.parametrize("kind", ["glm4v", "glm46v"])
def test_the_tower_of_glm_4_1v(kind: str) -> None:
    """GLM-4.1V-9B-Thinking, as Transformers builds it: 10.29 billion parameters in all, as its card says."""
    found = KINDS[kind](Keys({}), Keys(GLM4V), 4096)
    assert found == 892_498_432


DOTS_OCR = {
    "model_type": "dots_ocr",
    "architectures": ["DotsOCRForCausalLM"],
    "hidden_size": 1536,
    "intermediate_size": 8960,
    "num_hidden_layers": 28,
    "num_attention_heads": 12,
    "num_key_value_heads": 2,
    "vocab_size": 151936,
    "attention_bias": True,
    "tie_word_embeddings": False,
    "hidden_act": "silu",
    "max_position_embeddings": 131072,
    "vision_config": {
        "model_type": "dots_vit",
        "embed_dim": 1536,
        "hidden_size": 1536,
        "intermediate_size": 4224,
        "num_hidden_layers": 42,
        "num_attention_heads": 12,
        "num_channels": 3,
        "patch_size": 14,
        "post_norm": True,
        "spatial_merge_size": 2,
        "temporal_patch_size": 1,
        "use_bias": False,
        "is_causal": False,
    },
}
MINICPM_V_4_5 = {
    "model_type": "minicpmv",
    "architectures": ["MiniCPMV"],
    "version": 4.5,
    "hidden_size": 4096,
    "intermediate_size": 12288,
    "num_hidden_layers": 36,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "vocab_size": 151748,
    "tie_word_embeddings": False,
    "hidden_act": "silu",
    "max_position_embeddings": 40960,
    "query_num": 64,
    "image_size": 448,
    "patch_size": 14,
    "slice_config": {"max_slice_nums": 9, "patch_size": 14, "model_type": "minicpmv"},
    "vision_batch_size": 16,
    "vision_config": {
        "model_type": "siglip_vision_model",
        "hidden_size": 1152,
        "intermediate_size": 4304,
        "num_hidden_layers": 27,
        "num_attention_heads": 16,
        "image_size": 980,
        "patch_size": 14,
    },
}


@pytest.mark.parametrize(("config", "billions"), [(DOTS_OCR, 3.039), (MINICPM_V_4_5, 8.696)])
def test_towers_beside_the_keys_of_the_language_model(config: dict[str, Any], billions: float) -> None:
    """As their cards say: 3.04 and 8.70 billion parameters."""
    shape = read_architecture(config)
    assert shape.uncovered == ()
    assert shape.unmeasured
    assert shape.caches
    assert total(shape) / 1e9 == pytest.approx(billions, rel=0.001)
