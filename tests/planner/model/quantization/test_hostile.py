"""Any JSON in the place of any value of a quantization: a scheme for each module, or one line."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.model.quantization import Part, UnknownQuantizationError, UnreadableQuantizationError, of_files
from planner.model.quantization.checkpoint import METHODS

KEYS = (
    *(
        "bits",
        "w_bit",
        "group_size",
        "q_group_size",
        "dynamic",
        "desc_act",
        "sym",
        "lm_head",
        "modules_in_block_to_quantize",
    ),
    *("ignore", "exclude", "exclude_modules", "ignored_layers", "modules_to_not_convert", "llm_int8_skip_modules"),
    *(
        "weight_block_size",
        "store_dtype",
        "moe_quant_algo",
        "forward_dtype",
        "load_in_4bit",
        "skip_modules",
        "quant_config",
    ),
    *(
        "config_groups",
        "format",
        "kv_cache_scheme",
        "sparsity_config",
        "quant_algo",
        "quantized_layers",
        "quantization",
    ),
    *("kv_cache_quant_algo", "extra_config", "data_type", "block_name_to_quantize", "global_quant_config"),
    *("layer_quant_config", "layer_type_quant_config", "quant_type", "in_group_size", "nbits_per_codebook", "producer"),
)
INNER = (
    *(
        "targets",
        "weights",
        "num_bits",
        "type",
        "strategy",
        "group_size",
        "symmetric",
        "block_structure",
        "bits",
        "format",
    ),
    *(
        "quant_algo",
        "weight",
        "dtype",
        "qscheme",
        "default",
        "_type",
        "_data",
        "module_fqn_to_config",
        "_default",
        "actorder",
    ),
    *(
        "model.layers.0.self_attn.q_proj",
        "re:.*",
        "re:(",
        "+:.*mlp.*",
        "-:x",
        "lm_head",
        "input_activations",
        "dynamic",
    ),
)
WORDS = (
    *(
        "Linear",
        "re:.*self_attn.*",
        "re:(a+)+$",
        "re:(((",
        "[",
        "*",
        "",
        "float",
        "int",
        "FP8",
        "NVFP4",
        "MIXED_PRECISION",
    ),
    *(
        "sparse-24-bitmask",
        "nvfp4-pack-quantized",
        "Int4WeightOnlyConfig",
        "ModuleFqnToConfig",
        "fp4",
        "per_group",
        "mx_fp",
    ),
)
SIMPLE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 300),
    st.sampled_from([10**400, -(10**30), 0.5, float("inf"), float("nan"), 16, 128]),
    st.sampled_from(WORDS),
    st.text(max_size=6),
)
ANY = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(INNER) | st.text(max_size=4), inner)
    ),
    max_leaves=8,
)
CONFIG = st.builds(
    lambda method, values: {"quant_method": method} | values,
    st.sampled_from([*METHODS, "", None]) | ANY,
    st.dictionaries(st.sampled_from(KEYS), ANY, max_size=5),
)
PLACES = ("quantization_config", "compression_config", "hf_quant_config.json", "quantization")
MODULES = (
    ("layers.3.self_attn.q_proj", Part.LINEAR),
    ("layers.3.mlp.experts.0.up_proj", Part.EXPERTS),
    ("lm_head", Part.HEAD),
    ("embed_tokens", Part.EMBEDDING),
)


def judge(config: dict[str, Any]) -> None:
    """Read a configuration and look up modules, or find its error in one line."""
    try:
        found = of_files(config, config)
        for module, part in MODULES:
            scheme = found.scheme(module, part)
            assert scheme is None or 0 < scheme.loaded_bytes < 20, scheme
        assert found.family in {"", *found.families}
    except (UnknownQuantizationError, UnreadableQuantizationError) as error:
        assert "\n" not in str(error)  # noqa: PT017  either is right
        assert len(str(error)) < 400  # noqa: PT017


@pytest.mark.thorough
@given(where=st.sampled_from(PLACES), described=CONFIG | ANY)
@settings(max_examples=300, deadline=None)
def test_any_value_is_read_or_refused_in_one_line(where: str, described: Any) -> None:
    judge({where: described})


@pytest.mark.thorough
@given(described=st.dictionaries(st.sampled_from(PLACES), CONFIG, max_size=4))
@settings(max_examples=100, deadline=None)
def test_any_places_together(described: dict[str, Any]) -> None:
    judge(described)
