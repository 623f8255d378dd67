"""Configurations with one value that cannot be: one line that names the key, and exit code 2, at once."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.plan import main

BASE: dict[str, Any] = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "hidden_size": 4096,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "intermediate_size": 14336,
    "vocab_size": 128256,
    "max_position_embeddings": 8192,
    "torch_dtype": "bfloat16",
}


def quantized(method: str, **more: Any) -> dict[str, Any]:
    return {"quantization_config": {"quant_method": method, **more}}


def groups(ignore: Any = (), **weights: Any) -> dict[str, Any]:
    given = {"num_bits": 8, "type": "float", **weights}
    return quantized(
        "compressed-tensors", config_groups={"g": {"targets": ["Linear"], "weights": given}}, ignore=ignore
    )


def rope(**scaling: Any) -> dict[str, Any]:
    return {"rope_scaling": {"type": "linear", "factor": 4, **scaling}}


WRONG = [
    ({"hidden_size": True}, "hidden_size"),
    (groups(ignore=["re:((("]), "ignore"),
    ({"torch_dtype": "int8"}, "dtype"),
    ({"torch_dtype": ["bfloat16"]}, "dtype"),
    ({"hidden_size": 10**400}, "hidden_size"),
    ({"max_position_embeddings": -1}, "max_position_embeddings"),
    (rope(factor=0.0001), "factor"),
    (rope(factor=float("inf")), "factor"),
    ({"num_hidden_layers": 10**9}, "num_hidden_layers"),
    (quantized("awq", bits=0, group_size=128), "bits"),
    ({"head_dim": -128}, "head_dim"),
    ({"intermediate_size": -5}, "intermediate_size"),
    (rope(factor=-4), "factor"),
    ({"num_key_value_heads": 7}, "num_key_value_heads"),
    ({"layer_types": "full_attention", "sliding_window": 4096}, "layer_types"),
    ({"hidden_size": "4096"}, "hidden_size"),
    # More of the same kinds.
    ({"num_attention_heads": False}, "num_attention_heads"),
    ({"num_attention_heads": 0}, "num_attention_heads"),
    ({"num_attention_heads": 31.5}, "num_attention_heads"),
    ({"num_attention_heads": None}, "num_attention_heads"),
    ({"num_hidden_layers": [32]}, "num_hidden_layers"),
    ({"num_hidden_layers": {}}, "num_hidden_layers"),
    ({"num_hidden_layers": float("nan")}, "num_hidden_layers"),
    ({"num_hidden_layers": -1}, "num_hidden_layers"),
    ({"num_key_value_heads": 64}, "num_key_value_heads"),
    ({"num_key_value_heads": "8"}, "num_key_value_heads"),
    ({"vocab_size": -128256}, "vocab_size"),
    ({"vocab_size": 10**18}, "vocab_size"),
    ({"vocab_size": "many"}, "vocab_size"),
    ({"intermediate_size": float("inf")}, "intermediate_size"),
    ({"intermediate_size": "wide"}, "intermediate_size"),
    ({"intermediate_size": [14336, "x"]}, "intermediate_size"),
    ({"head_dim": "128"}, "head_dim"),
    ({"head_dim": 10**30}, "head_dim"),
    ({"max_position_embeddings": "8k"}, "max_position_embeddings"),
    ({"max_position_embeddings": 10**30}, "max_position_embeddings"),
    ({"max_position_embeddings": [8192]}, "max_position_embeddings"),
    ({"torch_dtype": 16}, "dtype"),
    ({"torch_dtype": "float7"}, "dtype"),
    ({"torch_dtype": {"bfloat16": True}}, "dtype"),
    (rope(factor="four"), "factor"),
    (rope(factor=float("nan")), "factor"),
    (rope(factor=0), "factor"),
    (rope(factor=True), "factor"),
    (rope(factor=1e300), "factor"),
    ({"rope_scaling": "linear"}, "rope_scaling"),
    ({"rope_scaling": [4]}, "rope_scaling"),
    ({"sliding_window": -4096, "use_sliding_window": True}, "sliding_window"),
    ({"sliding_window": "4096", "use_sliding_window": True}, "sliding_window"),
    ({"layer_types": ["full_attention"], "sliding_window": 4096}, "layer_types"),
    ({"layer_types": [None] * 32, "sliding_window": 4096}, "layer_types"),
    (quantized("awq", bits="four"), "bits"),
    (quantized("awq", bits=-4), "bits"),
    (quantized("awq", bits=4, group_size="x"), "group_size"),
    (quantized("gptq", bits=10**30), "bits"),
    (groups(num_bits="8"), "num_bits"),
    (groups(num_bits=0), "num_bits"),
    (groups(group_size=-7), "group_size"),
    (groups(ignore=[{"a": 1}]), "ignore"),
    (quantized("compressed-tensors", config_groups=["g"]), "config_groups"),
    ({"quantization_config": "fp8"}, "quantization_config"),
    ({"quantization_config": [1]}, "quantization_config"),
    ({"num_local_experts": -8, "num_experts_per_tok": 2}, "num_local_experts"),
    ({"num_local_experts": 8, "num_experts_per_tok": "two"}, "num_experts_per_tok"),
    ({"num_local_experts": 10**15, "num_experts_per_tok": 2}, "num_local_experts"),
    ({"text_config": [1, 2]}, "text_config"),
    ({"model_type": ["llama"]}, "model_type"),
]


@pytest.mark.parametrize("command", [("fit", "--gpu", "L4", "--json"), ("recommend", "--context", "4K", "--json")])
@pytest.mark.parametrize(("change", "key"), WRONG, ids=lambda value: json.dumps(value)[:50])
def test_the_line_names_the_key(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
    change: dict[str, Any],
    key: str,
) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**BASE, **change}), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["llm-plan", *command, "--model", str(path)])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    (line,) = said.err.splitlines()
    assert line.startswith(f"llm-plan: {path}: ")
    assert key in line.removeprefix(f"llm-plan: {path}")
    assert line.isprintable()
    assert len(line) < 400
    assert "defect" not in line
