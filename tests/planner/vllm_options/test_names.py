"""Names of parsers, backends, methods and connectors, by release."""

from typing import Any

import pytest

from planner.vllm_options.names import method_problem
from planner.vllm_options.releases import Release
from planner.vllm_options.table import values
from planner.vllm_options.validate import option_problems


@pytest.mark.parametrize(
    ("minor", "args", "said"),
    [
        (32, {"tool-call-parser": "llama3json"}, "did you mean llama3_json?"),
        (32, {"tool-call-parser": "qwen3coder"}, "did you mean qwen3_coder?"),
        (32, {"tool-call-parser": "Hermes"}, "did you mean hermes?"),
        (32, {"tool-call-parser": "kimi-k2"}, "did you mean kimi_k2?"),
        (32, {"tool-call-parser": "totally-made-up"}, "choose one of 54, such as"),
        (32, {"reasoning-parser": "deepseek-r1"}, "did you mean deepseek_r1?"),
        (32, {"reasoning-parser": "Qwen3"}, "did you mean qwen3?"),
        (32, {"reasoning-parser": "gpt-oss"}, "choose one of 38, such as openai_gptoss"),
        (8, {"reasoning-parser": "qwen3"}, "came with vLLM 0.9, the image has 0.8: choose from deepseek_r1, granite"),
        (9, {"tool-call-parser": "qwen3-coder"}, "qwen3_coder came with vLLM 0.10, the image has 0.9"),
        (32, {"tool-call-parser": "minimax"}, "was last in vLLM 0.23, the image has 0.32"),
        (32, {"attention-backend": "flash-attn"}, "did you mean FLASH_ATTN?"),
        (32, {"attention-backend": "FlashInfer_MLA_Sprase"}, "did you mean FLASHINFER_MLA_SPARSE?"),
        (
            32,
            {"kv-transfer-config": {"kv_connector": "nixlconnector", "kv_role": "kv_both"}},
            "did you mean NixlConnector?",
        ),
        (32, {"kv-transfer-config": '{"kv_connector": "LMCacheConnector"}'}, "was last in vLLM 0.9"),
        (11, {"kv-transfer-config": {"kv_connector": "MooncakeConnector"}}, "came with vLLM 0.13"),
        (32, {"speculative-config": {"method": "eagle-3", "model": "a/b"}}, "did you mean eagle3?"),
        (9, {"speculative-config": {"method": "mtp"}}, "came with vLLM 0.11"),
        (33, {"speculative-config": {"method": "medusa"}}, "was last in vLLM 0.32"),
        (32, {"structured-outputs-config": {"backend": "x-grammar"}}, "did you mean xgrammar?"),
        (10, {"guided-decoding-backend": "lm_format_enforcer"}, "did you mean lm-format-enforcer?"),
        (32, {"tokenizer-mode": "slow"}, "was last in vLLM 0.30"),
        (32, {"kv-cache-dtype": "FP8"}, "did you mean fp8?"),
        (32, {"kv-cache-dtype": "fp8-e4m3"}, "did you mean fp8_e4m3?"),
        (10, {"kv-cache-dtype": "nvfp4"}, "came with vLLM 0.20, the image has 0.10"),
        (32, {"mamba-ssm-cache-dtype": "fp32"}, "choose from auto, bfloat16, float16, float32"),
        (32, {"distributed-executor-backend": "multiprocessing"}, "choose from external_launcher, mp, ray, uni"),
        (32, {"scheduling-policy": "FCFS"}, "did you mean fcfs?"),
        (32, {"config-format": "hugging-face"}, "choose from auto, hf, mistral"),
        (32, {"model-impl": "transformer"}, "did you mean transformers?"),
    ],
)
def test_a_wrong_name_is_refused_with_the_right_one(minor: int, args: dict[str, Any], said: str) -> None:
    ((name, message),) = option_problems(args, Release(minor))
    assert name in args
    assert said in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("minor", "args"),
    [
        (32, {"tool-call-parser": "llama3_json"}),
        (32, {"tool-call-parser": "ours", "tool-parser-plugin": "/plugins/ours.py"}),
        (32, {"reasoning-parser": "ours", "reasoning-parser-plugin": "/plugins/ours.py"}),
        (32, {"reasoning-parser": "deepseek_r1"}),
        (9, {"reasoning-parser": "qwen3"}),
        (32, {"attention-backend": "flashinfer"}),
        (32, {"attention-backend": "auto"}),
        (32, {"moe-backend": "Deep-GEMM"}),
        (32, {"kv-transfer-config": {"kv_connector": "Ours", "kv_connector_module_path": "ours.connector"}}),
        (32, {"kv-transfer-config": {"kv_connector": "NixlConnector", "kv_role": "kv_both"}}),
        (32, {"speculative-config": {"model": "ngram", "num_speculative_tokens": 2}}),
        (32, {"speculative-config": {"method": "eagle3", "model": "a/b"}}),
        (32, {"distributed-executor-backend": "ours.Executor"}),
        (32, {"kv-cache-dtype": "nvfp4"}),
        (10, {"guided-decoding-backend": "lm-format-enforcer"}),
        (32, {"mamba-backend": "triton"}),
    ],
)
def test_a_name_that_the_image_has_or_a_plugin_brings_passes(minor: int, args: dict[str, Any]) -> None:
    assert list(option_problems(args, Release(minor))) == []


@pytest.mark.parametrize(
    ("method", "image", "said"),
    [
        ("bitsandbytes", "vllm/vllm-openai:v0.32.0", "was last in vLLM 0.27, the image has 0.32"),
        ("gguf", "vllm/vllm-openai:v0.32.0", "vllm-gguf-plugin brings GGUF"),
        ("mxfp8", "vllm/vllm-openai:v0.9.2", "came with vLLM 0.19, the image has 0.9"),
        ("aqlm", "acme/vllm:v0.32.0", "was last in vLLM 0.9"),
        ("bitsandbytes", "vllm/vllm-openai:v0.27.1", None),
        ("bitsandbytes", "acme/vllm-bnb:v0.32.0", None),
        ("fp8", "vllm/vllm-openai:v0.8.5", None),
        ("fp8", "vllm/vllm-openai@sha256:" + "0" * 64, None),
    ],
)
def test_a_quantization_method_is_judged_by_the_image(method: str, image: str, said: str | None) -> None:
    problem = method_problem(method, image)
    assert (problem is None) == (said is None)
    assert said is None or said in str(problem)


def test_every_release_has_names_for_each_registry() -> None:
    for name in (
        "tool-call-parser",
        "reasoning-parser",
        "load-format",
        "quantization",
        "kv-transfer-config.kv_connector",
    ):
        found = values(name)
        assert all(any(release in known for known in found.values()) for release in map(Release, range(8, 34)))
